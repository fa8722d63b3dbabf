import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { ShardCondition, ShardExplanation } from '../../core/explanation/explanation.ts'
import { explainShard, explainWindows } from '../../core/explanation/shard-words.ts'
import { explainStoredShard, type ShardExtent } from '../../core/explanation/stored-shard.ts'
import type { ShardId } from '../../core/ids.ts'
import type { StreamDescription } from '../../ports/stream-source.ts'
import type { PollerActor } from '../poller/poller.ts'
import { explainLanes } from './lane-facts.ts'
import type { MappedStream } from './mapping-parts.ts'

/** A stream of a mapping as it stands. */
export type StreamView = {
  readonly stream: MappedStream
  readonly description: StreamDescription
  /** In the order of their discovery; those that wait for their parents last. */
  readonly shards: readonly (readonly [ShardId, ShardState])[]
  readonly pollers: ReadonlyMap<ShardId, PollerActor>
  /** Of a shard without a poller. */
  readonly conditionOf: (shardId: ShardId) => ShardCondition
  readonly graceMs: number
  /** Wall clock. @unit epoch ms */
  readonly now: number
}

/** Every shard of a stream. */
export function explainShards(view: StreamView): readonly ShardExplanation[] {
  const { description, pollers, conditionOf, graceMs, now } = view
  const { streamArn } = description
  return view.shards.map(([shardId, state]) => {
    const extent = extentOf(view.stream, description, shardId)
    const poller = pollers.get(shardId)
    if (poller) return explainPoller(poller, extent, now)
    const condition = conditionOf(shardId)
    return explainStoredShard({ shardId, streamArn, state, condition, extent, graceMs, now })
  })
}

/** A shard that is being read, in numbers. */
export type ShardFigures = {
  readonly shardId: ShardId
  /** @see ShardFacts.iteratorAgeMs */
  readonly iteratorAgeMs?: number
  /** @see ShardFacts.recordsBehind */
  readonly recordsBehind?: number
  /** Lanes whose function runs now. */
  readonly runningCount: number
  /** Lanes whose first record does not settle. */
  readonly blockedCount: number
}

/** Of every shard that is being read. */
export function shardFigures(
  stream: MappedStream,
  description: StreamDescription,
  pollers: ReadonlyMap<ShardId, PollerActor>,
): readonly ShardFigures[] {
  return Array.from(pollers, ([shardId, poller]) => {
    const extent = extentOf(stream, description, shardId)
    const { feeds, runningCount } = poller.lanes
    return {
      shardId,
      ...iteratorAgeOf(poller),
      ...(extent ? { recordsBehind: poller.ledger().inFlight + unread(poller, extent) } : {}),
      runningCount,
      blockedCount: feeds.filter(({ blockage }) => blockage !== undefined).length,
    }
  })
}

/** What the source holds of a shard, where it tells that at once. */
function extentOf(
  { latest, ordinalOf }: MappedStream,
  { shards }: StreamDescription,
  shardId: ShardId,
): ShardExtent | undefined {
  const listed = shards.find((shard) => shard.shardId === shardId)
  if (!latest || !ordinalOf || !listed) return undefined
  const last = latest(shardId)
  const first = listed.startingSequenceNumber
  return {
    lastOrdinal: last === null ? 0 : ordinalOf(last),
    trimmedThrough: first === undefined ? 0 : ordinalOf(first) - 1,
  }
}

/** A shard that is being read. @param now Wall clock, epoch ms. */
function explainPoller(
  poller: PollerActor,
  extent: ShardExtent | undefined,
  now: number,
): ShardExplanation {
  const { lanes, parts } = poller
  const { read, tipSeenAt } = poller.intake
  const { inFlight } = poller.ledger()
  const { shardId, streamArn } = parts.address
  const { windows } = lanes.feeds[0]!
  return explainShard({
    shardId,
    streamArn,
    condition: conditionOfPoller(poller),
    position: lanes.mark(read).sequenceNumber,
    ...(extent ? { recordsBehind: inFlight + unread(poller, extent) } : {}),
    ...(tipSeenAt === undefined ? {} : { tipSeenAt }),
    ...iteratorAgeOf(poller),
    inFlight,
    lanes: explainLanes(poller, now),
    laneCount: lanes.factor,
    ...explainWindows(windows, parts.rules.tumblingGraceMs, now),
  })
}

function conditionOfPoller(poller: PollerActor): ShardCondition {
  if (poller.isLeft) return 'stopped'
  if (poller.isReadToEnd) return 'closed'
  if (poller.emptyReads > 0) return 'at-tip'
  return poller.intake.isFull ? 'full' : 'reading'
}

/** Records that were not read yet. */
function unread({ parts, intake }: PollerActor, extent: ShardExtent): number {
  const { start } = parts.state
  const from = start.type === 'after' ? (parts.ordinalOf?.(start.sequenceNumber) ?? 0) : 0
  return Math.max(
    0,
    extent.lastOrdinal - Math.max(intake.read.ordinal, from, extent.trimmedThrough),
  )
}

/** Of lanes that have invoked since the poller began. */
function iteratorAgeOf({ lanes }: PollerActor): { readonly iteratorAgeMs?: number } {
  const invoked = lanes.feeds.filter(({ progress }) => progress.invocations > 0)
  if (invoked.length === 0) return {}
  return { iteratorAgeMs: Math.max(...invoked.map(({ progress }) => progress.iteratorAgeMs)) }
}
