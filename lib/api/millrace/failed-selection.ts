import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { parseRequest } from '../../core/function/function-request.ts'
import type { EpochMs, MappingUuid } from '../../core/ids.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { Checked, ObjectRule } from '../../core/mapping/setting-rule.ts'
import { type FailedBatchFilter, holdsKey } from '../../core/redrive/failed-batch-filter.ts'
import type { Engine } from '../../engine/engine.ts'
import { maybeTime } from '../../settings/time-text.ts'

/** Ids that one request may name. */
const IDS_MAX = 1000
/** Payloads read before other requests have their turn. */
const PAYLOADS_AT_ONCE = 8

/** Members that say which failed batches are meant: those of the library's filter. Times as the command takes them. */
export const SELECTION_MEMBERS = {
  ids: {
    description: 'Only these.',
    rule: { kind: 'list', of: { kind: 'text', lengthMin: 1 }, countMin: 1, countMax: IDS_MAX },
  },
  mapping: { description: 'Only those of this mapping.', rule: { kind: 'text', lengthMin: 1 } },
  condition: {
    description: 'Only those given up for this reason.',
    rule: { kind: 'choice', values: ['RetryAttemptsExhausted', 'RecordAgeExceeded'] },
  },
  key: {
    description: 'Only those that hold a record with this value of a key attribute.',
    rule: { kind: 'text' },
  },
  since: { description: 'Only those given up then or later.', rule: { kind: 'text' } },
  until: { description: 'Only those given up before.', rule: { kind: 'text' } },
} as const satisfies ObjectRule['members']

/** Of a request that changes something: it says what is meant, or `all`. */
export const CHANGE_MEMBERS = {
  ...SELECTION_MEMBERS,
  all: { description: 'All of them.', rule: { kind: 'boolean' } },
  dryRun: { description: 'Only says what would be done.', rule: { kind: 'boolean' } },
} as const satisfies ObjectRule['members']

const QUERY_RULE = {
  kind: 'object',
  members: {
    mapping: SELECTION_MEMBERS.mapping,
    condition: SELECTION_MEMBERS.condition,
    key: SELECTION_MEMBERS.key,
    since: SELECTION_MEMBERS.since,
    until: SELECTION_MEMBERS.until,
    Marker: { description: 'Where the page before ended.', rule: { kind: 'text' } },
    MaxItems: { description: 'Of one page.', rule: { kind: 'text' } },
  },
} as const satisfies ObjectRule

type Selection = Checked<{ kind: 'object'; members: typeof SELECTION_MEMBERS }>

/** @throws ApiError for a name that means nothing, a value that is none, and one that is given twice */
export function filterOfQuery(query: unknown): FailedBatchFilter {
  return filterOf(parseRequest({ ...(query as object) }, QUERY_RULE))
}

/** @throws ApiError */
export function filterOf({
  ids,
  mapping,
  condition,
  key,
  since,
  until,
}: Selection): FailedBatchFilter {
  return {
    ...(ids === undefined ? {} : { ids }),
    ...(mapping === undefined ? {} : { mapping: mapping as MappingUuid }),
    ...(condition === undefined ? {} : { condition }),
    ...(key === undefined ? {} : { key }),
    ...(since === undefined ? {} : { since: timeOf('since', since) }),
    ...(until === undefined ? {} : { until: timeOf('until', until) }),
  }
}

/** What a change is about: never all by oversight. @throws ApiError */
export function filterOfChange({
  all = false,
  ...selection
}: Selection & { readonly all?: boolean }): FailedBatchFilter {
  const filter = filterOf(selection)
  const isFiltered = Object.keys(filter).length > 0
  if (isFiltered !== all) return filter
  throw new ApiError(
    'InvalidParameterValueException',
    all
      ? 'all leaves nothing out: give it without ids and filters'
      : 'Say which failed batches are meant: ids, mapping, condition, key, since, until, or all',
    all ? ['all'] : [],
  )
}

/** The batches that are meant, oldest first; where payloads must be read for that, other requests have their turns. */
export async function selectFailed(
  { failed }: Engine,
  { key, ...filter }: FailedBatchFilter,
): Promise<readonly FailedBatchSummary[]> {
  const listed = failed.list(filter)
  if (key === undefined) return listed
  const selected: FailedBatchSummary[] = []
  for (const [i, summary] of listed.entries()) {
    if (i % PAYLOADS_AT_ONCE === PAYLOADS_AT_ONCE - 1) await nextTurn()
    const payload = failed.find(summary.id)?.failed.payload
    if (payload !== undefined && holdsKey(payload, key)) selected.push(summary)
  }
  return selected
}

function timeOf(name: string, text: string): EpochMs {
  const time = maybeTime(text, Date.now())
  if (time !== undefined) return time
  const message = `${name} must be a time as 2026-01-31T12:00:00Z, or a duration as 2h, got '${text}'`
  throw new ApiError('InvalidParameterValueException', message, [name])
}
