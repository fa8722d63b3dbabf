import t from 'tap'
import { durationText } from '../../../lib/core/explanation/duration-text.ts'

t.test('durations as people say them', (t) => {
  const cases: [number, string][] = [
    [-5, '0 ms'],
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1 s'],
    [3249, '3.2 s'],
    [9999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [250_000, '4 min 10 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [273_600_000, '3 d 4 h'],
    [400 * 86_400_000, '400 d'],
  ]
  for (const [ms, text] of cases) t.equal(durationText(ms), text)
  t.end()
})
