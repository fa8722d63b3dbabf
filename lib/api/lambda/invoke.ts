import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { INVOKE_BYTES_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import { validationText } from '../../core/mapping/mapping-problem.ts'
import type { InvocationResult } from '../../engine/functions/function-invocations.ts'
import type { ApiParts } from '../api-parts.ts'
import { BodyRoom } from '../guard/body-room.ts'
import type { OneFunction } from './functions.ts'
import { textOf } from './page.ts'

const INVOCATION_TYPES = ['Event', 'RequestResponse', 'DryRun'] as const
const LOG_TYPES = ['None', 'Tail'] as const
/** What would change what the handler sees, and does not here. */
const REFUSED_HEADERS = {
  'x-amz-client-context': 'ClientContext',
  'x-amz-tenant-id': 'TenantId',
  'x-amz-durable-execution-name': 'DurableExecutionName',
}

/** Invoke. @source aws-semantics §1.1, §9.3 */
export function registerInvoke(fastify: FastifyInstance, { engine }: ApiParts): void {
  const room = new BodyRoom()
  // One byte more reaches the engine, which tells AWS's text for it.
  const options = { bodyLimit: INVOKE_BYTES_MAX + 1, onRequest: room.hook }
  const path = '/2015-03-31/functions/:name/invocations'
  fastify.post<OneFunction>(path, options, async (request, reply) => {
    const { params, query, body, id } = request
    const type = headerOf(request, 'x-amz-invocation-type', INVOCATION_TYPES, 'invocationType')
    const logType = headerOf(request, 'x-amz-log-type', LOG_TYPES, 'logType')
    refuseHeaders(request)
    const qualifier = textOf(query, 'Qualifier')
    const result = await engine.functions.invoke({
      functionName: params.name,
      ...(qualifier === undefined ? {} : { qualifier }),
      ...(Buffer.isBuffer(body) ? { payload: body } : {}),
      ...(type ? { type } : {}),
      ...(logType ? { logType } : {}),
      requestId: id,
    })
    return send(reply, result)
  })
}

function send(reply: FastifyReply, result: InvocationResult): FastifyReply {
  reply.code(result.StatusCode)
  if (result.StatusCode !== 200) return reply.send()
  reply.header('X-Amz-Executed-Version', result.ExecutedVersion)
  if (result.FunctionError) reply.header('X-Amz-Function-Error', result.FunctionError)
  if (result.LogResult !== undefined) reply.header('X-Amz-Log-Result', result.LogResult)
  return reply.type('application/json').send(Buffer.from(result.Payload))
}

/** @throws ApiError ValidationException */
function headerOf<Value extends string>(
  { headers }: Pick<FastifyRequest, 'headers'>,
  name: string,
  values: readonly Value[],
  member: string,
): Value | undefined {
  const given = headers[name]
  if (given === undefined) return undefined
  const value = values.find((known) => known === given)
  if (value) return value
  const constraint = `Member must satisfy enum value set: [${values.join(', ')}]`
  throw new ApiError(
    'ValidationException',
    validationText(`'${String(given)}'`, [member], constraint),
  )
}

function refuseHeaders({ headers }: Pick<FastifyRequest, 'headers'>): void {
  for (const [header, name] of Object.entries(REFUSED_HEADERS)) {
    if (headers[header] === undefined) continue
    const message = `${name} is not supported by this version of Millrace`
    throw new ApiError('InvalidParameterValueException', message)
  }
}
