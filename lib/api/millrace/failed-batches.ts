import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { parseRequest } from '../../core/function/function-request.ts'
import type { ObjectRule } from '../../core/mapping/setting-rule.ts'
import { detailsOf, redriveJson, summaryOf } from '../../core/redrive/failed-batch-json.ts'
import type { Engine } from '../../engine/engine.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { pageOf, type Query } from '../lambda/page.ts'
import { CHANGE_MEMBERS, filterOfChange, filterOfQuery, selectFailed } from './failed-selection.ts'

/** Batches in one answer. */
const PAGE_MAX = 1000
const FAILED = '/millrace/failed'
const PURGE_RULE = { kind: 'object', members: CHANGE_MEMBERS } as const satisfies ObjectRule

type Listed = { Querystring: Query }

/**
 * Failed batches as `millrace failed list|show|export|purge` has them, in the same words. @source contract §2, §5
 */
export function registerFailedBatches(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { failed } = engine
  fastify.get<Listed>(FAILED, async ({ query }) => {
    const items = await selectFailed(engine, filterOfQuery(query))
    const { page, ...more } = pageOf(query, { items, keyOf: ({ id }) => id, pageMax: PAGE_MAX })
    return {
      purged: engine.figures().failedBatches.purgedCount,
      failed: page.map(summaryOf),
      redrives: failed.redrives().map(redriveJson),
      ...more,
    }
  })
  fastify.get<{ Params: { id: string } }>(`${FAILED}/:id`, async ({ params: { id } }) => {
    const found = failed.get(id)
    return detailsOf(found, failed.list({ ids: [id] })[0])
  })
  fastify.get<Listed>(`${FAILED}/export`, async ({ query }, reply) => {
    const batches = await selectFailed(engine, filterOfQuery(query))
    reply.type('application/x-ndjson')
    return reply.send(Readable.from(linesOf(engine, batches)))
  })
  fastify.post(`${FAILED}/purge`, async (request) => {
    const wanted = parseRequest(jsonOf(request), PURGE_RULE)
    const filter = filterOfChange(wanted)
    const batches = await selectFailed(engine, filter)
    if (wanted.dryRun) {
      const ids = batches.filter(({ state }) => state === 'kept').map(({ id }) => id)
      return { dryRun: true, purged: ids.length, kept: batches.length - ids.length, ids }
    }
    const meant = filter.key === undefined ? filter : { ids: batches.map(({ id }) => id) }
    const { count, bytes } = await failed.purge(meant)
    return { purged: count, bytes, kept: batches.length - count }
  })
}

/** One payload is in memory at a time, and is read when whoever reads takes it. */
function* linesOf({ failed }: Engine, batches: readonly FailedBatchSummary[]): Iterable<string> {
  for (const summary of batches) {
    const stored = failed.find(summary.id)
    // Purged meanwhile.
    if (stored) yield `${JSON.stringify(detailsOf(stored, summary))}\n`
  }
}
