import type { FastifyInstance } from 'fastify'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { mappingPage } from './mapping-page.ts'

const COLLECTION = '/2015-03-31/event-source-mappings'
const ONE = `${COLLECTION}/:uuid`

type One = { Params: { uuid: string } }
type Query = { Querystring: Readonly<Record<string, string | undefined>> }

/** Create, Get, List, Update, Delete event source mapping. @source aws-semantics §1 */
export function registerMappings(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { mappings } = engine
  fastify.post(COLLECTION, async (request, reply) => {
    reply.code(202)
    return mappings.create(withoutFile(jsonOf(request)))
  })
  fastify.get<Query>(COLLECTION, async ({ query }) => mappingPage(mappings, query))
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
