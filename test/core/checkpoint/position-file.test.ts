import t from 'tap'
import {
  type MappingPositions,
  type PositionFile,
  parsePositions,
} from '../../../lib/core/checkpoint/position-file.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'
import {
  addressOf,
  MAPPING,
  NEW_YEAR,
  STREAM,
  sequence,
  stateOf,
} from '../../support/state-builders.ts'

const { streamArn, label, shardId } = addressOf(1)
const state = stateOf('9'.repeat(129), {
  generations: [{ factor: 2, positions: [sequence(12), null] }],
  stacks: {
    1: [
      { first: sequence(13), last: sequence(14), attempt: 1, requestId: 'r', inDoubt: true },
      { first: sequence(15), last: sequence(15), attempt: 0, requestId: 's' },
    ],
  },
  start: { type: 'stamped-since', time: NEW_YEAR },
  finished: true,
  windows: {
    closedUntil: 5,
    lateRecords: 1,
    open: { start: 5 as EpochMs, end: 10 as EpochMs, state: '{"a":1}', lastArrivedAt: 7 },
    final: { isEarly: true, attempt: 1, requestId: 'f', inDoubt: true },
  },
})
const mapping: MappingPositions = {
  uuid: MAPPING,
  createdAt: NEW_YEAR,
  streams: [{ streamArn: STREAM, label }],
  shards: [
    { streamArn, label, shardId, state },
    { streamArn, label, shardId: addressOf(2).shardId, state: stateOf(null) },
    {
      streamArn,
      label,
      shardId: addressOf(3).shardId,
      state: stateOf(1, { start: { type: 'after', sequenceNumber: sequence(1) } }),
    },
  ],
}
const file: PositionFile = { format: 'millrace-positions', version: 1, mappings: [mapping] }

t.test('a file is read as it was written', (t) => {
  const parsed = parsePositions(JSON.parse(JSON.stringify(file)))
  t.strictSame(parsed, { type: 'positions', file })
  t.end()
})

type Change = (shard: Record<string, never>) => unknown
const changed = (change: Change): unknown => {
  const copy = JSON.parse(JSON.stringify(file))
  change(copy.mappings[0].shards[0])
  return copy
}

t.test('anything else is refused, with its place and what it must be', (t) => {
  const shard = 'mappings[0].shards[0]'
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [null, 'the file', /an object/],
    [[], 'the file', /an object/],
    [{ ...file, extra: 1 }, 'the file', /without extra/],
    [{ ...file, format: 'x' }, 'format', /"millrace-positions"/],
    [{ ...file, version: 2 }, 'version', /^1$/],
    [{ ...file, mappings: {} }, 'mappings', /a list/],
    [changed((s) => Object.assign(s, { shardId: '' })), `${shard}.shardId`, /a text/],
    [changed((s) => Object.assign(s['state']!, { mark: 12 })), `${shard}.state.mark`, /decimal/],
    [changed((s) => Object.assign(s['state']!, { mark: '1e3' })), `${shard}.state.mark`, /decimal/],
    [
      changed((s) => Object.assign(s['state']!, { finished: 1 })),
      `${shard}.state.finished`,
      /true/,
    ],
    [
      changed((s) => Object.assign(s['state']!, { generations: [{ factor: 2, positions: [] }] })),
      `${shard}.state.generations[0].positions`,
      /a list of 2/,
    ],
    [
      changed((s) => Object.assign(s['state']!['counts']!, { delivered: -1 })),
      `${shard}.state.counts.delivered`,
      /whole number/,
    ],
    [
      changed((s) => Object.assign(s['state']!['stacks']![1]![0]!, { last: '3' })),
      `${shard}.state.stacks.1[0].last`,
      /13 or more/,
    ],
    [
      changed((s) => Object.assign(s['state']!, { start: { type: 'latest' } })),
      `${shard}.state.start.type`,
      /"trim-horizon" or/,
    ],
    [
      changed((s) => Object.assign(s['state']!['windows']!['open']!, { state: '{' })),
      `${shard}.state.windows.open.state`,
      /JSON/,
    ],
  ]
  for (const [value, path, expected] of cases)
    t.match(parsePositions(value), { type: 'refused', path, expected }, path)
  t.end()
})
