import fc from 'fast-check'
import t from 'tap'
import type { EpochMs } from '../../lib/core/ids.ts'
import { isoMilliseconds, isoSeconds } from '../../lib/core/timestamp.ts'

/** The range of `Date`. */
const TIME_MAX = 8_640_000_000_000_000

t.test('milliseconds are written as Date does, over its whole range', async () => {
  const anyTime = fc.oneof(
    fc.integer({ min: -TIME_MAX, max: TIME_MAX }),
    fc.integer({ min: -100_000_000_000, max: 4_000_000_000_000 }),
  )
  fc.assert(
    fc.property(
      anyTime,
      (time) => isoMilliseconds(time as EpochMs) === new Date(time).toISOString(),
    ),
    { numRuns: 5000 },
  )
})

t.test('every day from 1890 to 2110 is written as Date does', async (t) => {
  const dayMs = 86_400_000
  for (let time = Date.UTC(1890, 0, 1); time < Date.UTC(2110, 0, 1); time += dayMs)
    if (isoMilliseconds(time as EpochMs) !== new Date(time).toISOString())
      t.fail(new Date(time).toISOString())
  t.pass()
})

t.test('seconds are cut, not rounded', async (t) => {
  t.equal(isoSeconds(1_767_225_599_999 as EpochMs), '2025-12-31T23:59:59Z')
  t.equal(isoSeconds(1_767_225_600_000 as EpochMs), '2026-01-01T00:00:00Z')
  t.equal(isoSeconds(1_767_225_600_000.9 as EpochMs), '2026-01-01T00:00:00Z')
})
