import t from 'tap'
import { backoffMs } from '../../../lib/core/lane/backoff.ts'

const D1 = { baseMs: 200, maximumMs: 60_000 }
const ALMOST_ONE = 1 - Number.EPSILON

t.test('D1: the wait after an attempt', async (t) => {
  const cases: [attempt: number, fraction: number, wait: number, why: string][] = [
    [1, 0.5, 200, 'the base after the first attempt'],
    [2, 0.5, 400, 'twice as long after the second'],
    [9, 0.5, 51_200, 'the last one below the cap'],
    [10, 0.5, 60_000, 'the cap'],
    [100_000, 0.5, 60_000, 'the cap for ever, without overflow'],
    [1, 0, 180, '10 % less at least'],
    [1, ALMOST_ONE, 220, '10 % more at most'],
    [50, 0, 54_000, 'the cap is spread too: downwards'],
    [50, ALMOST_ONE, 66_000, 'and upwards'],
  ]
  for (const [attempt, fraction, wait, why] of cases)
    t.equal(backoffMs(attempt, D1, fraction), wait, why)
})

t.test('a mapping may set its own base and cap', async (t) => {
  t.equal(backoffMs(3, { baseMs: 10, maximumMs: 1000 }, 0.5), 40)
  t.equal(backoffMs(1, { baseMs: 500, maximumMs: 100 }, 0.5), 100)
  t.equal(backoffMs(5000, { baseMs: 0, maximumMs: 100 }, 0.5), 0, 'no base, no wait')
})

t.test('attempts count from 1 and chance is below 1', async (t) => {
  t.throws(() => backoffMs(0, D1, 0.5), { name: 'InvariantError' })
  for (const fraction of [-0.1, 1, Number.NaN])
    t.throws(() => backoffMs(1, D1, fraction), { name: 'InvariantError' })
})
