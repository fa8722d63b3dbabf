import type { FastifyInstance } from 'fastify'
import { ZIP_BODY_BYTES_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { FunctionDescription } from '../../core/mapping/function-description.ts'
import type { ApiParts } from '../api-parts.ts'
import { BodyRoom } from '../guard/body-room.ts'
import { jsonOf } from '../json-body.ts'
import { pageOf, type Query, textOf } from './page.ts'

const COLLECTION = '/2015-03-31/functions'
const ONE = `${COLLECTION}/:name`
/** Functions, versions or aliases that one answer holds at most. @source Lambda API reference, ListFunctions [D] */
const PAGE_MAX = 50

/** A request about one function. */
export type OneFunction = { Params: { name: string }; Querystring: Query }

/** Create, Get, List, Update, Delete function. @source contract §5 */
export function registerFunctions(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { functions } = engine
  const room = new BodyRoom()
  const withZip = { bodyLimit: ZIP_BODY_BYTES_MAX, onRequest: room.hook }
  fastify.post(COLLECTION, withZip, async (request, reply) => {
    reply.code(201)
    return functions.create(jsonOf(request))
  })
  fastify.get<{ Querystring: Query }>(COLLECTION, async ({ query }) => {
    const items = functions.list(versionsOf(query))
    const { page, ...next } = pageOf(query, { items, keyOf: versionKey, pageMax: PAGE_MAX })
    return { Functions: page, ...next }
  })
  fastify.get<OneFunction>(ONE, async ({ params, query }) =>
    functions.details(params.name, textOf(query, 'Qualifier')),
  )
  fastify.delete<OneFunction>(ONE, async ({ params, query }, reply) => {
    await functions.delete(params.name, textOf(query, 'Qualifier'))
    reply.code(204)
  })
  fastify.get<OneFunction>(`${ONE}/configuration`, async ({ params, query }) =>
    functions.get(params.name, textOf(query, 'Qualifier')),
  )
  fastify.put<OneFunction>(`${ONE}/configuration`, async (request) =>
    functions.update(request.params.name, jsonOf(request)),
  )
  fastify.put<OneFunction>(`${ONE}/code`, withZip, async (request) =>
    functions.updateCode(request.params.name, jsonOf(request)),
  )
  // Tools ask before they go on: no code is signed here.
  fastify.get<OneFunction>(
    '/2020-06-30/functions/:name/code-signing-config',
    async ({ params }) => {
      const { FunctionName } = functions.get(params.name)
      return { FunctionName }
    },
  )
}

/** Functions by name, each with `$LATEST` first and its versions in the order of their numbers. */
export function versionKey({ FunctionName, Version }: FunctionDescription): string {
  const order = Version === '$LATEST' ? '' : Version.padStart(20, '0')
  return `${FunctionName}\n${order}`
}

function versionsOf(query: Query): 'ALL' | undefined {
  const which = textOf(query, 'FunctionVersion')
  if (which === undefined || which === 'ALL') return which
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value '${which}' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]`,
  )
}
