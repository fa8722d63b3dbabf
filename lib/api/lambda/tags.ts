import type { FastifyInstance } from 'fastify'
import { parseRequest } from '../../core/function/function-request.ts'
import { expectTagKeys, expectTags, TAG_REQUEST_RULE, taggedKind } from '../../core/mapping/tags.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import type { Query } from './page.ts'

const ONE = '/2017-03-31/tags/:arn'

type One = { Params: { arn: string }; Querystring: Query }

/** ListTags, TagResource and UntagResource, of mappings and functions. @source aws-semantics §1.1 */
export function registerTags(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { mappings, functions } = engine
  const tagsOf = (arn: string) => (taggedKind(arn) === 'mapping' ? mappings.tags : functions.tags)
  fastify.get<One>(ONE, async ({ params: { arn } }) => ({ Tags: tagsOf(arn).get(arn) }))
  fastify.post<One>(ONE, async (request, reply) => {
    const { arn } = request.params
    const tags = tagsOf(arn)
    const { Tags } = parseRequest(jsonOf(request), TAG_REQUEST_RULE)
    await tags.add(arn, expectTags(Tags))
    reply.code(204)
  })
  fastify.delete<One>(ONE, async ({ params: { arn }, query }, reply) => {
    const tags = tagsOf(arn)
    const keys = [query['tagKeys'] ?? []].flat()
    await tags.remove(arn, expectTagKeys(keys))
    reply.code(204)
  })
}
