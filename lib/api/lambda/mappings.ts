import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { MappingDescription } from '../../core/mapping/mapping-description.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { pageOf, type Query, textOf } from './page.ts'

const COLLECTION = '/2015-03-31/event-source-mappings'
const ONE = `${COLLECTION}/:uuid`
/** Mappings that one answer holds at most, whatever is asked for. @source aws-semantics §1.1 */
const PAGE_MAX = 100

type One = { Params: { uuid: string } }

/** Create, Get, List, Update, Delete event source mapping. @source aws-semantics §1 */
export function registerMappings(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { mappings } = engine
  fastify.post(COLLECTION, async (request, reply) => {
    reply.code(202)
    return mappings.create(withoutFile(jsonOf(request)))
  })
  fastify.get<{ Querystring: Query }>(COLLECTION, async ({ query }) => {
    const items = mappings.list({
      ...given('EventSourceArn', query),
      ...given('FunctionName', query),
    })
    const keyOf = ({ UUID }: MappingDescription) => UUID
    const { page, ...next } = pageOf(query, { items, keyOf, pageMax: PAGE_MAX })
    return { ...next, EventSourceMappings: page }
  })
  fastify.get<One>(ONE, async ({ params }) => mappings.get(params.uuid))
  fastify.put<One>(ONE, async (request, reply) => {
    reply.code(202)
    return mappings.update(request.params.uuid, withoutFile(jsonOf(request)))
  })
  fastify.delete<One>(ONE, async ({ params }, reply) => {
    reply.code(202)
    return mappings.delete(params.uuid)
  })
}

/** An empty one is none. @throws ApiError where it is given twice. */
function given(name: string, query: Query): Readonly<Record<string, string>> {
  const text = textOf(query, name)
  return text ? { [name]: text } : {}
}

/** A program that reaches the port must not make us write where it likes. @throws ApiError @source D36 */
function withoutFile(input: unknown): unknown {
  const { DestinationConfig } = (input ?? {}) as {
    readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: unknown } }
  }
  const destination = DestinationConfig?.OnFailure?.Destination
  if (typeof destination !== 'string' || !destination.startsWith('file:')) return input
  throw new ApiError(
    'InvalidParameterValueException',
    'A file: destination is legal in the configuration only',
    ['DestinationConfig', 'OnFailure', 'Destination'],
  )
}
