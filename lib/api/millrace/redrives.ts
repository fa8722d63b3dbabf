import type { FastifyInstance } from 'fastify'
import { MillraceError } from '../../core/errors.ts'
import { parseRequest } from '../../core/function/function-request.ts'
import type { ObjectRule } from '../../core/mapping/setting-rule.ts'
import type { FailedBatchFilter } from '../../core/redrive/failed-batch-filter.ts'
import { redriveJson, skippedJson, summaryOf } from '../../core/redrive/failed-batch-json.ts'
import type { RedriveSelection } from '../../core/redrive/redrive-selection.ts'
import type { Engine } from '../../engine/engine.ts'
import type { RedriveOptions } from '../../engine/redrive/engine-failed.ts'
import type { ApiParts } from '../api-parts.ts'
import { jsonOf } from '../json-body.ts'
import { CHANGE_MEMBERS, filterOfChange, selectFailed } from './failed-selection.ts'

/** Records a second at most, where a rate is given. */
const RATE_MAX = 1_000_000
const FAILED = '/millrace/failed'
const REDRIVES = `${FAILED}/redrives`

const HOW = {
  includeStale: {
    description: 'Also batches of whose keys newer records were delivered since.',
    rule: { kind: 'boolean' },
  },
  recordsPerSecond: {
    description: 'At most.',
    rule: { kind: 'integer', min: 1, max: RATE_MAX },
  },
} as const satisfies ObjectRule['members']
const { dryRun } = CHANGE_MEMBERS
const REDRIVE_RULE = {
  kind: 'object',
  members: { ...CHANGE_MEMBERS, ...HOW },
} as const satisfies ObjectRule
const ONE_RULE = { kind: 'object', members: { dryRun, ...HOW } } as const satisfies ObjectRule

type One = { Params: { id: string } }
type Asked = RedriveOptions & { readonly dryRun?: boolean }

/** Failed batches sent again, as `millrace failed redrive` does. @source contract §2, §5; docs/decisions/0010 */
export function registerRedrives(fastify: FastifyInstance, { engine }: ApiParts): void {
  const { failed } = engine
  fastify.post(`${FAILED}/redrive`, async (request, reply) => {
    const wanted = parseRequest(jsonOf(request), REDRIVE_RULE)
    const filter = filterOfChange(wanted)
    const { key } = filter
    const meant = key === undefined ? filter : { ids: await idsOf(engine, filter) }
    const { status, body } = await redrive(engine, meant, wanted)
    return reply.code(status).send(body)
  })
  fastify.post<One>(`${FAILED}/:id/redrive`, async (request, reply) => {
    const wanted = parseRequest(jsonOf(request), ONE_RULE)
    const { id } = failed.get(request.params.id)
    const { status, body } = await redrive(engine, { ids: [id] }, wanted)
    return reply.code(status).send(body)
  })
  fastify.get(REDRIVES, async () => ({ redrives: failed.redrives().map(redriveJson) }))
  fastify.get<One>(`${REDRIVES}/:id`, async ({ params }) =>
    redriveJson(redriveOf(engine, params.id)),
  )
  fastify.post<One>(`${REDRIVES}/:id/cancel`, async ({ params: { id } }) => {
    const ledger = await failed.cancel(id)
    return { id, state: 'cancelled', ledger }
  })
  fastify.post(`${REDRIVES}/resume`, async (_, reply) => {
    const resumed = await failed.resume()
    return reply.code(202).send({ ids: resumed.map(({ id }) => id) })
  })
}

const idsOf = async (engine: Engine, filter: FailedBatchFilter): Promise<readonly string[]> =>
  (await selectFailed(engine, filter)).map(({ id }) => id)

async function redrive(engine: Engine, filter: FailedBatchFilter, { dryRun, ...options }: Asked) {
  const { includeStale = false, recordsPerSecond } = options
  const rate = recordsPerSecond === undefined ? {} : { recordsPerSecond }
  if (dryRun) {
    const selection = await engine.failed.preview(filter, { includeStale })
    const body = { dryRun: true, ...told(selection), sent: selection.sent.map(summaryOf) }
    return { status: 200, body }
  }
  const begun = await engine.failed.redrive(filter, { includeStale, ...rate })
  // Where nothing is to be sent, nothing was begun.
  if (begun.id === undefined) return { status: 200, body: told(begun) }
  return { status: 202, body: { id: begun.id, ...told(begun) } }
}

function told({ sent, skipped }: RedriveSelection) {
  const recordCount = sent.reduce((sum, { facts }) => sum + facts.recordCount, 0)
  return { batchCount: sent.length, recordCount, skipped: skipped.map(skippedJson) }
}

function redriveOf({ failed }: Engine, id: string) {
  const redrives = failed.redrives()
  const found = redrives.find((task) => task.id === id)
  if (found) return found
  const known = redrives.map((task) => task.id).join(', ') || 'none'
  throw MillraceError.of('MILLRACE_REDRIVE_UNKNOWN', { id, known })
}
