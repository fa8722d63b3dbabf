import type {
  OwedFinalCall,
  ShardStart,
  ShardState,
  ShardWindows,
  StackEntry,
} from '../core/checkpoint/shard-state.ts'
import type { EpochMs, MappingUuid, SequenceNumber, ShardId, StreamArn } from '../core/ids.ts'
import { compareSequenceNumbers } from '../core/ids.ts'
import { invariant, unreachable } from '../core/invariant.ts'
import type { OpenWindow } from '../core/window/tumbling-window.ts'
import { pack, unpack } from './message-pack.ts'

/** Of the layout below. */
export const SHARD_STATE_VERSION = 1

/** A shard's state with the address that it belongs to; the key may hold only a hash of it. */
export type AddressedShardState = {
  readonly address: {
    readonly mapping: MappingUuid
    readonly streamArn: StreamArn
    readonly label: string
    readonly shardId: ShardId
  }
  readonly state: ShardState
}

type PackedStart = ['t'] | ['s', EpochMs] | ['a', SequenceNumber]
type PackedStackEntry = [SequenceNumber, SequenceNumber, number, string, inDoubt?: true]
type PackedShardState = [
  address: [MappingUuid, StreamArn, string, ShardId],
  mark: SequenceNumber | null,
  generations: [number, (SequenceNumber | null)[]][],
  stacks: [number, PackedStackEntry[]][],
  counts: [number, number, number, number, number, number, number],
  start: PackedStart,
  finished: boolean,
  windows?: PackedWindows,
]
type PackedFinal = [isEarly: boolean, attempt: number, requestId: string, inDoubt?: true]
type PackedWindows = [
  closedUntil: number,
  lateRecords: number,
  open: [start: EpochMs, end: EpochMs, state: string, lastArrivedAt: number] | null,
  final?: PackedFinal,
]

/** Lists without names: a save of a hundred shards happens every 10 ms, and names are most of the bytes. */
export function encodeShardState({ address, state }: AddressedShardState): Buffer {
  const { mark, generations, stacks, counts, start, finished, windows, ...more } = state
  const nothingMore: Record<string, never> = more // a new member of ShardState must be packed too
  invariant(Object.keys(nothingMore).length === 0, 'a member of the shard state is not stored')
  const packed: PackedShardState = [
    [address.mapping, address.streamArn, address.label, address.shardId],
    mark,
    generations.map((generation) => [generation.factor, [...generation.positions]]),
    Object.entries(stacks).map(([lane, stack]) => [Number(lane), stack.map(packStackEntry)]),
    [
      counts.delivered,
      counts.filtered,
      counts.sent,
      counts.dropped,
      counts.retries,
      counts.splits,
      counts.invocations,
    ],
    packStart(start),
    finished,
  ]
  if (windows) packed.push(packWindows(windows))
  return pack(packed)
}

/** Reads what {@link encodeShardState} wrote. The caller has verified checksum and version. */
export function decodeShardState(body: Uint8Array): AddressedShardState {
  const packed = unpack(body) as PackedShardState
  const [[mapping, streamArn, label, shardId], mark, generations, stacks, counts] = packed
  const [delivered, filtered, sent, dropped, retries, splits, invocations] = counts
  return {
    address: { mapping, streamArn, label, shardId },
    state: {
      mark,
      generations: generations.map(([factor, positions]) => ({ factor, positions })),
      stacks: Object.fromEntries(stacks.map(([lane, stack]) => [lane, stack.map(stackEntryOf)])),
      counts: { delivered, filtered, sent, dropped, retries, splits, invocations },
      start: startOf(packed[5]),
      finished: packed[6],
      ...(packed[7] ? { windows: windowsOf(packed[7]) } : {}),
    },
  }
}

function packWindows({
  open,
  closedUntil,
  lateRecords,
  final,
  ...more
}: ShardWindows): PackedWindows {
  const nothingMore: Record<string, never> = more
  invariant(Object.keys(nothingMore).length === 0, 'a member of the windows is not stored')
  const packedOpen: PackedWindows[2] = open
    ? [open.start, open.end, open.state, open.lastArrivedAt]
    : null
  if (!final) return [closedUntil, lateRecords, packedOpen]
  const { isEarly, attempt, requestId, inDoubt } = final
  const packed: PackedFinal = [isEarly, attempt, requestId]
  if (inDoubt) packed.push(inDoubt)
  return [closedUntil, lateRecords, packedOpen, packed]
}

function windowsOf([closedUntil, lateRecords, open, final]: PackedWindows): ShardWindows {
  return {
    closedUntil,
    lateRecords,
    ...(open ? { open: openWindowOf(open) } : {}),
    ...(final ? { final: finalOf(final) } : {}),
  }
}

function openWindowOf([start, end, state, lastArrivedAt]: NonNullable<
  PackedWindows[2]
>): OpenWindow {
  invariant(start < end, `window ${start}..${end} is turned round`)
  return { start, end, state, lastArrivedAt }
}

function finalOf([isEarly, attempt, requestId, inDoubt]: PackedFinal): OwedFinalCall {
  return { isEarly, attempt, requestId, ...(inDoubt ? { inDoubt } : {}) }
}

function packStackEntry(entry: StackEntry): PackedStackEntry {
  assertStackEntry(entry)
  const { first, last, attempt, requestId, inDoubt, ...more } = entry
  const nothingMore: Record<string, never> = more
  invariant(Object.keys(nothingMore).length === 0, 'a member of a stack entry is not stored')
  return inDoubt ? [first, last, attempt, requestId, inDoubt] : [first, last, attempt, requestId]
}

function stackEntryOf([first, last, attempt, requestId, inDoubt]: PackedStackEntry): StackEntry {
  const entry = { first, last, attempt, requestId, ...(inDoubt ? { inDoubt } : {}) }
  assertStackEntry(entry)
  return entry
}

function assertStackEntry({ first, last, attempt }: StackEntry): void {
  invariant(compareSequenceNumbers(first, last) <= 0, `batch ${first}..${last} is turned round`)
  invariant(Number.isSafeInteger(attempt) && attempt >= 0, `attempt ${attempt} is no count`)
}

function packStart(start: ShardStart): PackedStart {
  switch (start.type) {
    case 'trim-horizon':
      return ['t']
    case 'stamped-since':
      return ['s', start.time as EpochMs]
    case 'after':
      return ['a', start.sequenceNumber]
    default:
      return unreachable(start)
  }
}

function startOf(packed: PackedStart): ShardStart {
  switch (packed[0]) {
    case 't':
      return { type: 'trim-horizon' }
    case 's':
      return { type: 'stamped-since', time: packed[1] }
    case 'a':
      return { type: 'after', sequenceNumber: packed[1] }
    default:
      return unreachable(packed[0])
  }
}
