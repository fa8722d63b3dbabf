import type { ShardStart } from '../../core/checkpoint/shard-state.ts'
import {
  compareSequenceNumbers,
  type EpochMs,
  maybeSequenceNumber,
  type SequenceNumber,
  type ShardId,
} from '../../core/ids.ts'
import { maybeOrdinal } from '../../core/record/embedded-sequence.ts'
import type { PlannedStream } from './position-plan.ts'

/** Where a shard is to be read from, or why it cannot. */
export type Target = ShardStart | { readonly refused: string }

/** The position behind a sequence number that an operator typed. */
export function parseTarget(
  text: string,
  shardId: ShardId,
  planned: PlannedStream | undefined,
): Target {
  const sequenceNumber = maybeSequenceNumber(text)
  if (sequenceNumber === undefined) return { refused: `${text} is no sequence number` }
  const reason = planned && beyond(sequenceNumber, shardId, planned)
  return reason === undefined ? { type: 'after', sequenceNumber } : { refused: reason }
}

/** `latest` of a shard: what is there now is not read. @source D21 */
export function latestStart(
  shardId: ShardId,
  planned: PlannedStream | undefined,
  now: EpochMs,
): ShardStart {
  const sequenceNumber = planned?.stream.latest?.(shardId)
  return sequenceNumber ? { type: 'after', sequenceNumber } : { type: 'stamped-since', time: now }
}

/** Why there can be no record at or before this number to go on behind. */
function beyond(
  sequenceNumber: SequenceNumber,
  shardId: ShardId,
  { stream, description }: PlannedStream,
): string | undefined {
  const shard = description.shards.find((one) => one.shardId === shardId)
  if (shard === undefined) return undefined
  if (stream.latest && maybeOrdinal(sequenceNumber) === undefined)
    return `${sequenceNumber} is no sequence number of an embedded stream`
  const last = stream.latest?.(shardId) ?? shard.endingSequenceNumber
  return last && compareSequenceNumbers(sequenceNumber, last) > 0
    ? `${sequenceNumber} lies behind its last record, ${last}`
    : undefined
}
