import type { FastifyInstance, FastifyReply } from 'fastify'
import { StreamsError, toStreamsError } from '../../core/stream-api/streams-error.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { getRecords, getShardIterator } from './shard-reading.ts'
import { describeStream, listStreams } from './stream-descriptions.ts'

const TARGET = 'DynamoDBStreams_20120810'
const CONTENT_TYPE = 'application/x-amz-json-1.0'

const OPERATIONS = {
  ListStreams: listStreams,
  DescribeStream: describeStream,
  GetShardIterator: getShardIterator,
  GetRecords: getRecords,
} as const

/** The DynamoDB Streams API over embedded streams. @source contract §5; aws-semantics §6.3 */
export function registerStreamsApi(fastify: FastifyInstance, { engine, log }: ApiParts): void {
  const errorHandler = (
    error: Error,
    request: { readonly id: string },
    reply: FastifyReply,
  ): FastifyReply => {
    const refusal = toStreamsError(error)
    if (refusal.status === 500) log.error({ err: error, requestId: request.id }, 'request failed')
    reply.code(refusal.status)
    return send(reply, { __type: refusal.type, message: refusal.message })
  }
  fastify.post('/', { errorHandler }, async (request, reply) => {
    const operation = operationOf(request.headers['x-amz-target'])
    return send(reply, await operation(engine.streams, jsonOf(request)))
  })
}

/** As bytes: fastify would name a charset, which AWS does not. */
function send(reply: FastifyReply, answer: unknown): FastifyReply {
  return reply.type(CONTENT_TYPE).send(Buffer.from(JSON.stringify(answer)))
}

type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS]

/** @throws StreamsError UnknownOperationException */
function operationOf(target: string | readonly string[] | undefined): Operation {
  const [service, name = ''] = String(target ?? '').split('.')
  if (service === TARGET && Object.hasOwn(OPERATIONS, name))
    return OPERATIONS[name as keyof typeof OPERATIONS]
  const known = Object.keys(OPERATIONS).join(', ')
  const message = `X-Amz-Target names no operation of this endpoint; ${TARGET} has ${known}`
  throw new StreamsError('UnknownOperationException', message)
}
