import type { MappedStream } from '../../actors/mapping/mapping.ts'
import { fateOf, touchedRange } from '../../core/checkpoint/position-change.ts'
import { lastSettled } from '../../core/checkpoint/settled.ts'
import type { ShardStart, ShardState } from '../../core/checkpoint/shard-state.ts'
import type { SequenceNumber, ShardId } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ShardAddress } from '../../ports/state-store.ts'
import type { ReadStart, StreamDescription } from '../../ports/stream-source.ts'
import { walkShard } from '../shard-walk.ts'

/** One shard before a change of its position and after it. */
export type ShardChange = {
  readonly address: ShardAddress
  readonly from: ShardState | undefined
  readonly to: ShardState
}

/** What a change means for the records of a shard. */
export type ShardPreview = {
  readonly streamArn: string
  readonly shardId: ShardId
  /** Settled up to here before the change, and the last record settled above it; `null` = nothing. */
  readonly from: { readonly mark: SequenceNumber | null; readonly last: SequenceNumber | null }
  /** Where reading begins after it. */
  readonly to: ShardStart
  /** Settled records that will be delivered once more; absent where the source cannot tell it cheaply. */
  readonly again?: number
  /** Records that were not settled, and will never be delivered; absent as well. */
  readonly skipped?: number
  readonly warnings: readonly string[]
}

/** A stream as a preview reads it; without a description it could not be asked. */
export type PlannedStream = {
  readonly stream: MappedStream
  readonly description: StreamDescription
}

/**
 * What becomes of the records of a shard. Counted where the source is at hand: headers are read, nothing is invoked.
 *
 * @param read Shards of the mapping that were read already.
 */
export async function previewShard(
  change: ShardChange,
  planned: PlannedStream | undefined,
  parts: { readonly clock: Clock; readonly read: ReadonlySet<ShardId> },
): Promise<ShardPreview> {
  const { address, from, to } = change
  const { streamArn, shardId } = address
  const counts = planned?.stream.source.pace === 'notified' && (await count(change, planned, parts))
  return {
    streamArn,
    shardId,
    from: { mark: from?.mark ?? null, last: from === undefined ? null : lastSettled(from) },
    to: startOf(to),
    ...(counts || {}),
    warnings: warningsOf(change, planned, parts.read),
  }
}

function startOf({ mark, start }: ShardState): ShardStart {
  return mark === null ? start : { type: 'after', sequenceNumber: mark }
}

async function count(
  { address, from, to }: ShardChange,
  { stream, description }: PlannedStream,
  { clock }: { readonly clock: Clock },
): Promise<{ readonly again: number; readonly skipped: number } | undefined> {
  const { shardId } = address
  if (!description.shards.some((shard) => shard.shardId === shardId)) return undefined
  const { after, last } = touchedRange(from, to)
  const fates = { again: 0, skipped: 0, same: 0 }
  const start: ReadStart =
    after === null ? { type: 'trim-horizon' } : { type: 'after', sequenceNumber: after }
  if (last === null) return fates
  const failure = await walkShard({
    stream,
    shardId,
    start,
    clock,
    page: (page) => {
      for (let i = 0; i < page.count; i++) {
        const sequenceNumber = page.sequenceNumberAt(i)
        fates[fateOf({ hash: page.orderHashes[i]!, sequenceNumber }, from, to)]++
      }
      return isBefore(page.sequenceNumberAt(page.count - 1), last)
    },
  })
  const { again, skipped } = fates
  return failure ? undefined : { again, skipped }
}

function isBefore(a: SequenceNumber, b: SequenceNumber): boolean {
  return a.length < b.length || (a.length === b.length && a < b)
}

function warningsOf(
  { address, from, to }: ShardChange,
  planned: PlannedStream | undefined,
  read: ReadonlySet<ShardId>,
): readonly string[] {
  const warnings: string[] = []
  const { shardId, streamArn } = address
  const shards = planned?.description.shards
  if (shards === undefined) warnings.push(`the stream ${streamArn} could not be asked`)
  else if (!shards.some((shard) => shard.shardId === shardId))
    warnings.push('the stream does not list this shard: its position is kept and not used')
  const children = (shards ?? []).filter((shard) => shard.parentShardId === shardId)
  const readChildren = children.map((child) => child.shardId).filter((child) => read.has(child))
  if (readChildren.length > 0 && !to.finished)
    warnings.push(
      `its children were read already, so newer records of its keys came before: ${readChildren.join(', ')}`,
    )
  const batches = Object.values(from?.stacks ?? {}).flat()
  if (batches.length > 0 && Object.keys(to.stacks).length === 0)
    warnings.push(`${batches.length} of its batches in hand begin anew, with all their attempts`)
  if (from?.windows?.open && !to.windows?.open)
    warnings.push('its open tumbling window and the state of it are given up')
  return warnings
}
