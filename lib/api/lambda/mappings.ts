import type { FastifyInstance } from 'fastify'
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
    return mappings.create(jsonOf(request))
  })
  fastify.get<Query>(COLLECTION, async ({ query }) => mappingPage(mappings, query))
  fastify.get<One>(ONE, async ({ params }) => mappings.get(params.uuid))
  fastify.put<One>(ONE, async (request, reply) => {
    reply.code(202)
    return mappings.update(request.params.uuid, jsonOf(request))
  })
  fastify.delete<One>(ONE, async ({ params }, reply) => {
    reply.code(202)
    return mappings.delete(params.uuid)
  })
}
