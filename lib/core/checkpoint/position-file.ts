import {
  compareSequenceNumbers,
  type EpochMs,
  type MappingUuid,
  type ShardId,
  type StreamArn,
} from '../ids.ts'
import { type LedgerCounts, NO_COUNTS } from '../ledger/ledger.ts'
import { LANES_PER_SHARD_MAX } from '../limits.ts'
import type { OpenWindow } from '../window/tumbling-window.ts'
import { Member, Refusal } from './file-member.ts'
import type { OwedFinalCall, ShardState, ShardWindows } from './shard-state.ts'

/** What a file of positions begins with. */
export const POSITION_FORMAT = 'millrace-positions'
/** Of the layout below. */
export const POSITION_VERSION = 1

/** A shard's state, with the address that it is stored under. */
export type ShardPosition = {
  readonly streamArn: StreamArn
  readonly label: string
  readonly shardId: ShardId
  readonly state: ShardState
}

/** The positions of one mapping. */
export type MappingPositions = {
  readonly uuid: MappingUuid
  /** @unit epoch ms */
  readonly createdAt: number
  readonly streams: readonly { readonly streamArn: StreamArn; readonly label: string }[]
  readonly shards: readonly ShardPosition[]
}

/** All positions of a data directory, or of some of its mappings, as a file holds them. */
export type PositionFile = {
  readonly format: 'millrace-positions'
  readonly version: 1
  readonly mappings: readonly MappingPositions[]
}

export type ParsedPositions =
  | { readonly type: 'positions'; readonly file: PositionFile }
  /** `path` of the member that is wrong, `expected` in words. */
  | { readonly type: 'refused'; readonly path: string; readonly expected: string }

/** Checks everything that a file of positions says, whoever wrote it. */
export function parsePositions(value: unknown): ParsedPositions {
  try {
    return { type: 'positions', file: fileOf(new Member(value, '')) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { type: 'refused', path: error.path, expected: error.expected }
  }
}

function fileOf(member: Member): PositionFile {
  const { format, version, mappings } = member.members(['format', 'version', 'mappings'])
  return {
    format: format.exactly(POSITION_FORMAT),
    version: version.exactly(POSITION_VERSION),
    mappings: mappings.list(mappingOf),
  }
}

function mappingOf(member: Member): MappingPositions {
  const { uuid, createdAt, streams, shards } = member.members([
    'uuid',
    'createdAt',
    'streams',
    'shards',
  ])
  return {
    uuid: uuid.text() as MappingUuid,
    createdAt: createdAt.count(),
    streams: streams.list((stream) => {
      const { streamArn, label } = stream.members(['streamArn', 'label'])
      return { streamArn: streamArn.text() as StreamArn, label: label.text() }
    }),
    shards: shards.list(shardOf),
  }
}

function shardOf(member: Member): ShardPosition {
  const { streamArn, label, shardId, state } = member.members([
    'streamArn',
    'label',
    'shardId',
    'state',
  ])
  return {
    streamArn: streamArn.text() as StreamArn,
    label: label.text(),
    shardId: shardId.text() as ShardId,
    state: stateOf(state),
  }
}

function stateOf(member: Member): ShardState {
  const { mark, generations, stacks, counts, start, finished, windows } = member.members(
    ['mark', 'generations', 'stacks', 'counts', 'start', 'finished'],
    ['windows'],
  )
  return {
    mark: mark.isNull ? null : mark.sequenceNumber(),
    generations: generations.list(generationOf),
    stacks: Object.fromEntries(stacks.entries((stack) => stack.list(entryOf))),
    counts: countsOf(counts),
    start: startOf(start),
    finished: finished.flag(),
    ...(windows.isAbsent ? {} : { windows: windowsOf(windows) }),
  }
}

function windowsOf(member: Member): ShardWindows {
  const { closedUntil, lateRecords, open, final } = member.members(
    ['closedUntil', 'lateRecords'],
    ['open', 'final'],
  )
  return {
    closedUntil: closedUntil.count(),
    lateRecords: lateRecords.count(),
    ...(open.isAbsent ? {} : { open: openWindowOf(open) }),
    ...(final.isAbsent ? {} : { final: finalCallOf(final) }),
  }
}

function openWindowOf(member: Member): OpenWindow {
  const { start, end, state, lastArrivedAt } = member.members([
    'start',
    'end',
    'state',
    'lastArrivedAt',
  ])
  return {
    start: start.count() as EpochMs,
    end: end.count() as EpochMs,
    state: state.json(),
    lastArrivedAt: lastArrivedAt.count(),
  }
}

function finalCallOf(member: Member): OwedFinalCall {
  const { isEarly, attempt, requestId, inDoubt } = member.members(
    ['isEarly', 'attempt', 'requestId'],
    ['inDoubt'],
  )
  return {
    isEarly: isEarly.flag(),
    attempt: attempt.count(),
    requestId: requestId.text(),
    ...(inDoubt.isAbsent ? {} : { inDoubt: inDoubt.flag() }),
  }
}

function generationOf(member: Member): ShardState['generations'][number] {
  const { factor, positions } = member.members(['factor', 'positions'])
  const lanes = factor.count(LANES_PER_SHARD_MAX)
  const list = positions.list((one) => (one.isNull ? null : one.sequenceNumber()))
  if (lanes === 0 || list.length !== lanes)
    positions.refuse(`a list of ${lanes || '1..10'} positions`)
  return { factor: lanes, positions: list }
}

function entryOf(member: Member): ShardState['stacks'][number][number] {
  const names = ['first', 'last', 'attempt', 'requestId'] as const
  const { inDoubt, ...entry } = member.members(names, ['inDoubt'])
  const first = entry.first.sequenceNumber()
  const last = entry.last.sequenceNumber()
  if (compareSequenceNumbers(first, last) > 0) entry.last.refuse(`${first} or more`)
  return {
    first,
    last,
    attempt: entry.attempt.count(),
    requestId: entry.requestId.text(),
    ...(!inDoubt.isAbsent && inDoubt.flag() ? { inDoubt: true } : {}),
  }
}

function countsOf(member: Member): LedgerCounts {
  const names = Object.keys(NO_COUNTS) as (keyof LedgerCounts)[]
  const counts = member.members(names)
  return Object.fromEntries(names.map((name) => [name, counts[name].count()])) as LedgerCounts
}

function startOf(member: Member): ShardState['start'] {
  const { type, time, sequenceNumber } = member.members(['type'], ['time', 'sequenceNumber'])
  switch (type.exactly('trim-horizon', 'stamped-since', 'after')) {
    case 'after':
      return { type: 'after', sequenceNumber: sequenceNumber.sequenceNumber() }
    case 'stamped-since':
      return { type: 'stamped-since', time: time.count() }
    default:
      return { type: 'trim-horizon' }
  }
}
