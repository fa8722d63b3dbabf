import fc from 'fast-check'
import t from 'tap'
import {
  generationsAbove,
  generationsFor,
  isSettled,
  lowWaterMark,
} from '../../../lib/core/checkpoint/low-water-mark.ts'
import type { LaneGeneration } from '../../../lib/core/checkpoint/shard-state.ts'
import type { SequenceNumber } from '../../../lib/core/ids.ts'
import { holds } from '../../support/property.ts'

const seq = (value: number | null): SequenceNumber | null =>
  value === null ? null : (String(value) as SequenceNumber)
const generation = (factor: number, ...positions: (number | null)[]): LaneGeneration => ({
  factor,
  positions: positions.map(seq),
})

t.test('D4: the mark is the frontier that lies furthest back', (t) => {
  const frontier = (ordinal: number) => ({ ordinal, sequenceNumber: seq(ordinal) })
  t.same(lowWaterMark([frontier(9), frontier(3), frontier(7)]), frontier(3))
  t.same(lowWaterMark([frontier(5)]), frontier(5))
  const start = { ordinal: 0, sequenceNumber: null }
  t.same(lowWaterMark([frontier(1), start]), start, 'nothing is settled: where reading began')
  t.end()
})

t.test('D3: an older generation stays until the mark has passed all it says', (t) => {
  const [ten, three, one] = [
    generation(10, null, 40, null),
    generation(3, 20, null, 25),
    generation(1, 30),
  ]
  const kept = (mark: number | null) => generationsAbove(seq(mark), [one, three, ten])
  t.same(kept(null), [one, three, ten])
  t.same(kept(24), [one, three, ten])
  t.same(kept(25), [one, ten])
  t.same(kept(40), [one], 'the current one stays always')
  t.same(kept(null).length, 3)
  t.same(generationsAbove(null, [one, generation(4, null, null)]), [one], 'one that says nothing')
  t.end()
})

t.test('D3: each factor stands once, however often it is changed', (t) => {
  const [three, ten] = [generation(3, 20, null, 25), generation(10, null, 40)]
  t.same(generationsFor(3, [three, ten]), { current: three, older: [ten] })
  t.same(
    generationsFor(10, [three, ten]),
    { current: ten, older: [three] },
    'it goes on from its own',
  )
  t.same(generationsFor(5, [three, ten]), { current: generation(5), older: [three, ten] })
  t.same(generationsFor(1, []), { current: generation(1), older: [] })
  t.end()
})

t.test('D4: a record is settled where one generation’s lane has passed it', (t) => {
  const generations = [generation(2, 20, null), generation(3, null, 15, 30)]
  const rows = [
    [0, 20, true],
    [0, 21, false],
    [1, 1, true],
    [1, 15, true],
    [1, 16, false],
    [2, 25, true],
    [3, 1, false],
    [5, 30, true],
    [5, 31, false],
  ] as const
  for (const [hash, at, settled] of rows)
    t.equal(isSettled(generations, hash, seq(at)!), settled, `hash ${hash} at ${at}`)
  t.notOk(isSettled([], 1, seq(1)!))
  t.end()
})

t.test('D3: dropping what the mark has passed changes no record above it', async (t) => {
  const position = fc.option(fc.integer({ min: 1, max: 60 }))
  const arbitrary = fc
    .integer({ min: 1, max: 10 })
    .chain((factor) => fc.array(position, { minLength: factor, maxLength: factor }))
    .map((positions) => generation(positions.length, ...positions))
  const generations = fc.array(arbitrary, { minLength: 1, maxLength: 4 })
  const [mark, hash, above] = [fc.nat(60), fc.nat(1000), fc.nat(60)]
  const property = fc.property(generations, mark, hash, above, (all, mark, hash, above) => {
    const kept = generationsAbove(seq(mark), all)
    const record = seq(mark + 1 + above)!
    return isSettled(kept, hash, record) === isSettled(all, hash, record)
  })
  await holds(t, property, { runs: 500 })
})

t.test('D4: at each step, settled = at or below the mark, or passed by its lane', async (t) => {
  const hashes = fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 })
  const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 60 })
  const property = fc.property(
    fc.integer({ min: 1, max: 10 }),
    hashes,
    picks,
    (factor, ...rest) => {
      const [records, steps] = rest
      // Ordinals from 1, by lane; each lane settles its own from the front.
      const open = Array.from({ length: factor }, (_, lane) =>
        records.flatMap((hash, i) => (hash % factor === lane ? [i + 1] : [])),
      )
      const positions: (number | null)[] = Array(factor).fill(null)
      for (const step of steps) {
        const lane = step % factor
        positions[lane] = open[lane]!.shift() ?? positions[lane]!
        const frontiers = open.map((left, i) => {
          // Whatever lies before the first open record of a lane may be said of it.
          const most = (left[0] ?? records.length + 1) - 1
          const least = positions[i] ?? 0
          const ordinal = left.length === 0 ? most : least + (step % (most - least + 1))
          return { ordinal, sequenceNumber: seq(ordinal) }
        })
        const mark = lowWaterMark(frontiers).ordinal
        const unsettled = new Set(open.flat())
        for (const [i, hash] of records.entries()) {
          const covered =
            i + 1 <= mark || isSettled([generation(factor, ...positions)], hash, seq(i + 1)!)
          if (covered === unsettled.has(i + 1)) throw new Error(`record ${i + 1}, mark ${mark}`)
        }
        if (unsettled.size === 0 && mark !== records.length) throw new Error(`it ends at ${mark}`)
      }
    },
  )
  await holds(t, property, { runs: 300 })
})
