import type { DiscardCondition, FailedBatchSummary } from '../destination/failed-batch.ts'
import type { EpochMs, MappingUuid } from '../ids.ts'

/** Which failed batches are meant: those that match all members that are given. */
export type FailedBatchFilter = {
  readonly ids?: readonly string[]
  readonly mapping?: MappingUuid
  readonly condition?: DiscardCondition
  /** Value of a key attribute of one of the records, as text: `o-7`, `42`. */
  readonly key?: string
  /** Given up at or after this time. */
  readonly since?: EpochMs
  /** Given up before this time. */
  readonly until?: EpochMs
}

/** All members but `key`, for which the records must be read: {@link holdsKey}. */
export function matchesFacts(
  { id, facts }: FailedBatchSummary,
  { ids, mapping, condition, since, until }: FailedBatchFilter,
): boolean {
  return (
    (ids === undefined || ids.includes(id)) &&
    (mapping === undefined || facts.mapping === mapping) &&
    (condition === undefined || facts.condition === condition) &&
    (since === undefined || facts.discardedAt >= since) &&
    (until === undefined || facts.discardedAt < until)
  )
}

/** Whether a record of a stored event has a key attribute of this value. */
export function holdsKey(payload: string, key: string): boolean {
  return keysOfPayload(payload).some((keys) =>
    Object.values(keys).some((attribute) => Object.values(attribute).includes(key)),
  )
}

type Keys = Readonly<Record<string, Readonly<Record<string, unknown>>>>
type StoredEvent = { readonly Records?: readonly { readonly dynamodb: { readonly Keys?: Keys } }[] }

/** The `Keys` of each record of a stored event. */
export function keysOfPayload(payload: string): readonly Keys[] {
  const { Records: records = [] } = JSON.parse(payload) as StoredEvent
  return records.map(({ dynamodb }) => dynamodb.Keys ?? {})
}
