import fc from 'fast-check'
import t from 'tap'
import type { EpochMs, SequenceNumber, ShardId } from '../../../lib/core/ids.ts'
import {
  type LineagePlan,
  type LineageQuestion,
  type ListedShard,
  planLineage,
  shardCreationTime,
} from '../../../lib/core/shard/lineage.ts'
import { holds } from '../../support/property.ts'

const T0 = 1_800_000_000_000
const HOUR = 3_600_000
const idAt = (time: number, tail = '00000000') =>
  `shardId-${String(time).padStart(20, '0')}-${tail}` as ShardId
const shard = (shardId: string, parent?: string): ListedShard => ({
  shardId: shardId as ShardId,
  ...(parent === undefined ? {} : { parentShardId: parent as ShardId }),
})

function plan(listed: readonly ListedShard[], rest: Partial<LineageQuestion> = {}): LineagePlan {
  const question: LineageQuestion = {
    listed,
    tracked: new Map(),
    start: { type: 'trim-horizon' },
    streamStatus: 'ENABLED',
    ...rest,
  }
  const verdict = planLineage(question)
  if (verdict.type === 'refused') throw new Error(verdict.reason)
  return verdict
}

const ids = (found: LineagePlan) => found.ready.map(({ shardId }) => shardId)
const tracked = (entries: Record<string, 'reading' | 'finished'>) =>
  new Map(Object.entries(entries) as [ShardId, 'reading' | 'finished'][])

t.test('a child waits until its parent is finished (aws-semantics §6.5, I5)', (t) => {
  const listed = [shard('c', 'p'), shard('p')]
  t.match(plan(listed), { ready: [{ shardId: 'p' }], waiting: ['c'] })
  t.match(plan(listed, { tracked: tracked({ p: 'reading' }) }), { ready: [], waiting: ['c'] })
  t.match(plan(listed, { tracked: tracked({ p: 'finished' }) }), {
    ready: [{ shardId: 'c' }],
    waiting: [],
  })
  t.end()
})

t.test('a parent that is not listed counts as finished, unless we still read it', (t) => {
  t.same(ids(plan([shard('c', 'gone')])), ['c'])
  t.same(ids(plan([shard('c', 'gone')], { tracked: tracked({ gone: 'reading' }) })), [])
  t.end()
})

t.test('closed: an ending, listed children, or a disabled stream', (t) => {
  const ended = { ...shard('e'), endingSequenceNumber: '9' as SequenceNumber }
  const listed = [ended, shard('p'), shard('c', 'p')]
  t.same([...plan(listed).closed].sort(), ['e', 'p'])
  t.same([...plan(listed, { streamStatus: 'DISABLED' }).closed].sort(), ['c', 'e', 'p'])
  t.end()
})

t.test('ready shards come in the order of their starting sequence numbers', (t) => {
  const at = (id: string, start: string) => ({
    ...shard(id),
    startingSequenceNumber: start as SequenceNumber,
  })
  t.same(ids(plan([at('b', '100'), at('c', '1000'), shard('x'), at('a', '99')])), [
    'x',
    'a',
    'b',
    'c',
  ])
  t.end()
})

t.test(
  'LATEST leaves out what was closed before; later children are read from their beginning',
  (t) => {
    const [old, open, late] = [idAt(T0 - 8 * HOUR), idAt(T0 - 4 * HOUR), idAt(T0 + HOUR)]
    const start = { type: 'latest', since: T0 as EpochMs } as const
    const listed = [shard(old), shard(open, old), shard(late, open)]
    const first = plan(listed, { start })
    t.same(first.past, [old])
    t.same(first.ready, [{ shardId: open, start: { type: 'stamped-since', time: T0 } }])
    t.same(first.waiting, [late])
    const second = plan(listed, { start, tracked: tracked({ [open]: 'finished' }) })
    t.same(second.ready, [{ shardId: late, start: { type: 'trim-horizon' } }])
    t.end()
  },
)

t.test('LATEST reads a shard whose closing is close to the start, or whose age is unknown', (t) => {
  const start = { type: 'latest', since: T0 as EpochMs } as const
  const [parent, child] = [idAt(T0 - 4 * HOUR), idAt(T0 - 60_000)]
  t.same(ids(plan([shard(parent), shard(child, parent)], { start })), [parent])
  t.same(ids(plan([shard('H01'), shard('H02', 'H01')], { start })), ['H01'])
  t.end()
})

t.test('a cycle is refused, also a shard that is its own parent', (t) => {
  const question = {
    tracked: new Map(),
    start: { type: 'trim-horizon' },
    streamStatus: 'ENABLED',
  } as const
  const circles = [
    [shard('a', 'a')],
    [shard('a', 'c'), shard('b', 'a'), shard('c', 'b')],
    [shard('x'), shard('y', 'x'), shard('a', 'b'), shard('b', 'a')],
  ]
  for (const listed of circles) t.match(planLineage({ ...question, listed }), { type: 'refused' })
  t.end()
})

t.test('an id tells when the shard was created, where it has that form', (t) => {
  t.equal(shardCreationTime('shardId-00000001789654247890-85a74c59' as ShardId), 1_789_654_247_890)
  t.equal(shardCreationTime('H0123' as ShardId), undefined)
  t.end()
})

/** A forest: each shard has an earlier one as parent, or none; some are not listed. */
const forest = fc
  .array(fc.record({ parent: fc.nat(), hasParent: fc.boolean(), isListed: fc.boolean() }), {
    maxLength: 30,
  })
  .map((rows) =>
    rows.map(({ parent, hasParent, isListed }, i) => ({
      isListed: isListed || i % 3 !== 0,
      shard: shard(`s${i}`, hasParent && i > 0 ? `s${parent % i}` : undefined),
    })),
  )

t.test(
  'whatever is listed and in whatever order shards end: no child before its parent, all are read',
  async (t) => {
    const property = fc.property(forest, fc.infiniteStream(fc.nat()), (rows, picks) => {
      const listed = rows.filter((row) => row.isListed).map((row) => row.shard)
      const byId = new Map(listed.map((each) => [each.shardId, each]))
      const state = new Map<ShardId, 'reading' | 'finished'>()
      for (let round = 0; round <= 2 * listed.length; round++) {
        const shuffled = round % 2 ? [...listed].reverse() : listed
        for (const { shardId } of plan(shuffled, { tracked: state }).ready) {
          const parent = byId.get(shardId)!.parentShardId
          if (parent && byId.has(parent) && state.get(parent) !== 'finished') return false
          if (state.has(shardId)) return false
          state.set(shardId, 'reading')
        }
        const reading = [...state].filter(([, what]) => what === 'reading')
        if (reading.length === 0) break
        state.set(reading[picks.next().value! % reading.length]![0], 'finished')
      }
      return listed.every(({ shardId }) => state.get(shardId) === 'finished')
    })
    await holds(t, property, { runs: 300 })
  },
)

t.test('10,000 shards in one line are planned at once', (t) => {
  const listed = Array.from({ length: 10_000 }, (_, i) =>
    shard(`s${i}`, i ? `s${i - 1}` : undefined),
  )
  const start = { type: 'latest', since: T0 as EpochMs } as const
  t.same(ids(plan(listed)), ['s0'])
  t.same(ids(plan(listed, { start, tracked: tracked({ s0: 'finished' }) })), ['s1'])
  t.end()
})
