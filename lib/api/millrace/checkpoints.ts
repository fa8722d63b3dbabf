import type { FastifyInstance } from 'fastify'
import { parseRequest } from '../../core/function/function-request.ts'
import type { ObjectRule } from '../../core/mapping/setting-rule.ts'
import type { PositionPlan } from '../../engine/positions/engine-checkpoints.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { type Query, textOf } from '../lambda/page.ts'

const CHECKPOINT = '/millrace/mappings/:uuid/checkpoint'
const DRY_RUN = {
  description: 'Only says what would change.',
  rule: { kind: 'boolean' },
  default: false,
} as const
const SHARD = { description: 'Id of the shard.', rule: { kind: 'text', lengthMin: 1 } } as const

const SET_RULE = {
  kind: 'object',
  members: {
    shardId: { ...SHARD, required: true },
    sequenceNumber: {
      description: 'Of the last record that counts as settled.',
      rule: { kind: 'text', lengthMin: 1 },
      required: true,
    },
    dryRun: DRY_RUN,
  },
} as const satisfies ObjectRule

const RESET_RULE = {
  kind: 'object',
  members: {
    to: {
      description: 'The oldest record there is, or what comes from now on.',
      rule: { kind: 'choice', values: ['trim-horizon', 'latest'] },
      required: true,
    },
    shardId: SHARD,
    dryRun: DRY_RUN,
  },
} as const satisfies ObjectRule

type One = { Params: { uuid: string } }

/** Positions of mappings, as `millrace checkpoint show|set|reset|export|import` has them. @source contract §2, §5 */
export function registerCheckpoints(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { checkpoints } = engine
  fastify.get<One>(CHECKPOINT, async ({ params }) => checkpoints.export([params.uuid]))
  fastify.post<One>(`${CHECKPOINT}/set`, async (request) => {
    const { shardId, sequenceNumber, dryRun } = parseRequest(jsonOf(request), SET_RULE)
    return carriedOut(await checkpoints.set(request.params.uuid, shardId, sequenceNumber), dryRun)
  })
  fastify.post<One>(`${CHECKPOINT}/reset`, async (request) => {
    const { to, shardId, dryRun } = parseRequest(jsonOf(request), RESET_RULE)
    return carriedOut(await checkpoints.reset(request.params.uuid, to, shardId), dryRun)
  })
  fastify.post<{ Querystring: Query }>('/millrace/checkpoints/import', async (request) => {
    const dryRun = textOf(request.query, 'dryRun') !== undefined
    return carriedOut(await checkpoints.import(jsonOf(request)), dryRun)
  })
}

async function carriedOut({ shards, apply }: PositionPlan, isDryRun: boolean) {
  const changed = !isDryRun && shards.length > 0
  if (changed) await apply()
  return { changed, shards }
}
