import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import type { StateChange } from '../../lib/ports/state-store.ts'
import type { MemoryRecord } from '../../lib/sources/memory/memory-source.ts'
import type { HistoryAnswer, SavedState } from './history.ts'

/** A mapping with AWS's defaults. @source aws-semantics §1.3 */
export const DEFAULT_MAPPING: MappingSettings = {
  source: { type: 'embedded', name: 'orders' },
  functionName: 'on-order',
  enabled: true,
  batchSize: 100,
  maximumBatchingWindowInSeconds: 0,
  parallelizationFactor: 1,
  startingPosition: 'TRIM_HORIZON',
  maximumRecordAgeInSeconds: -1,
  maximumRetryAttempts: -1,
  bisectBatchOnFunctionError: false,
  functionResponseTypes: [],
  tumblingWindowInSeconds: 0,
  filterPatterns: [],
}

/** A record of this key that carries its number, and as many bytes more as are asked for. */
export function numbered(
  number: number,
  key: string,
  extraBytes = 0,
  stamp?: number,
): MemoryRecord {
  const filling = extraBytes > 0 ? { filling: { S: 'x'.repeat(extraBytes) } } : {}
  return {
    eventName: 'INSERT',
    dynamodb: {
      ...(stamp === undefined ? {} : { ApproximateCreationDateTime: stamp }),
      Keys: { id: { S: key } },
      NewImage: { id: { S: key }, number: { N: String(number) }, ...filling },
    },
  }
}

/** A record as the handler sees it. */
export type EventRecord = {
  readonly eventID: string
  readonly eventName: string
  readonly eventSourceARN: string
  readonly dynamodb: {
    readonly SequenceNumber: string
    readonly ApproximateCreationDateTime: number
    readonly Keys: { readonly id: { readonly S: string } }
    readonly NewImage: { readonly number: { readonly N: string } }
  }
}

export const numberOf = ({ dynamodb }: EventRecord): number => Number(dynamodb.NewImage.number.N)

export const numbersOfPayload = (payload: string): number[] =>
  (JSON.parse(payload) as { Records: EventRecord[] }).Records.map(numberOf)

/** What a change says to the history. */
export function savedState({ state, discards }: StateChange): SavedState {
  const { mark, generations, counts, finished } = state
  const { delivered, filtered, sent, dropped } = counts
  const given = discards
    .filter(({ recordCount }) => recordCount > 0)
    .map(({ payload }: FailedBatch) => numbersOfPayload(payload))
  return { mark, generations, delivered, filtered, sent, dropped, discards: given, finished }
}

/** What the answer of a handler means for the records, judged apart from the engine. Only for answers that are objects or null. */
export function historyAnswer(
  value: unknown,
  records: readonly EventRecord[],
  partial: boolean,
): HistoryAnswer {
  if (!partial) return { type: 'succeeded' }
  const failures = (value as { batchItemFailures?: { itemIdentifier: string }[] } | null)
    ?.batchItemFailures
  if (failures === undefined || failures === null) return { type: 'succeeded' }
  if (!Array.isArray(failures)) return { type: 'failed' }
  if (failures.length === 0) return { type: 'succeeded' }
  const failed = new Set(failures.map(({ itemIdentifier }) => itemIdentifier))
  const known = records.filter(({ dynamodb }) => failed.has(dynamodb.SequenceNumber))
  const [first] = known
  if (!first || known.length < failed.size || first === records[0]) return { type: 'failed' }
  return { type: 'failed-from', number: numberOf(first) }
}
