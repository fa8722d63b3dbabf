import type { FastifyInstance } from 'fastify'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { type OneFunction, versionKey } from './functions.ts'
import { pageOf, type Query, textOf } from './page.ts'

const ONE = '/2015-03-31/functions/:name'
const ALIAS = `${ONE}/aliases/:alias`
/** @source Lambda API reference, ListVersionsByFunction, ListAliases [D] */
const PAGE_MAX = 50

type OneAlias = { Params: { name: string; alias: string }; Querystring: Query }

/** Versions, aliases and limits of functions. @source contract §5 */
export function registerFunctionVersions(fastify: FastifyInstance, parts: ApiParts): void {
  registerVersions(fastify, parts)
  registerAliases(fastify, parts)
  registerConcurrency(fastify, parts)
}

function registerVersions(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { functions } = engine
  fastify.post<OneFunction>(`${ONE}/versions`, async (request, reply) => {
    reply.code(201)
    return functions.publish(request.params.name, jsonOf(request))
  })
  fastify.get<OneFunction>(`${ONE}/versions`, async ({ params, query }) => {
    const items = functions.versions(params.name)
    const { page, ...next } = pageOf(query, { items, keyOf: versionKey, pageMax: PAGE_MAX })
    return { Versions: page, ...next }
  })
}

function registerAliases(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { aliases } = engine.functions
  fastify.post<OneFunction>(`${ONE}/aliases`, async (request, reply) => {
    reply.code(201)
    return aliases.create(request.params.name, jsonOf(request))
  })
  fastify.get<OneFunction>(`${ONE}/aliases`, async ({ params, query }) => {
    const items = aliases.list(params.name, textOf(query, 'FunctionVersion'))
    const keyOf = ({ Name }: { readonly Name: string }) => Name
    const { page, ...next } = pageOf(query, { items, keyOf, pageMax: PAGE_MAX })
    return { Aliases: page, ...next }
  })
  fastify.get<OneAlias>(ALIAS, async ({ params }) => aliases.get(params.name, params.alias))
  fastify.put<OneAlias>(ALIAS, async (request) =>
    aliases.update(request.params.name, request.params.alias, jsonOf(request)),
  )
  fastify.delete<OneAlias>(ALIAS, async ({ params }, reply) => {
    await aliases.delete(params.name, params.alias)
    reply.code(204)
  })
}

function registerConcurrency(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { concurrency } = engine.functions
  const change = '/2017-10-31/functions/:name/concurrency'
  fastify.put<OneFunction>(change, async (request) =>
    concurrency.put(request.params.name, jsonOf(request)),
  )
  fastify.delete<OneFunction>(change, async ({ params }, reply) => {
    await concurrency.delete(params.name)
    reply.code(204)
  })
  fastify.get<OneFunction>('/2019-09-30/functions/:name/concurrency', async ({ params }) =>
    concurrency.get(params.name),
  )
}
