import fc from 'fast-check'
import t from 'tap'
import { failureDelayMs, idleDelayMs } from '../../../lib/core/shard/pacing.ts'

t.test('an idle reader polls AWS four times a second (aws-semantics §2)', (t) => {
  for (const polls of [1, 2, 1000]) t.equal(idleDelayMs('remote', polls), 250)
  t.end()
})

t.test('on this machine: 1 ms after activity, doubling to 250 after eight polls alike', (t) => {
  const polls = [1, 8, 9, 16, 17, 32, 40, 48, 56, 64, 65, 1000, 1e9]
  const delays = [1, 1, 2, 2, 4, 8, 16, 32, 64, 128, 250, 250, 250]
  t.same(
    polls.map((nth) => idleDelayMs('loopback', nth)),
    delays,
  )
  t.end()
})

t.test('failures wait longer and longer, up to 5 s, spread by chance', (t) => {
  t.same(
    [1, 2, 3, 4, 5, 6, 7].map((n) => failureDelayMs(n, 0)),
    [100, 200, 400, 800, 1600, 2500, 2500],
  )
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fraction, (failures, chance) => {
      const delay = failureDelayMs(failures, chance)
      return delay >= 100 && delay <= 5000 && delay >= failureDelayMs(failures, 0)
    }),
  )
  t.end()
})
