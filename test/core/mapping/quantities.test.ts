import t from 'tap'
import { maybeBytes, maybeDurationMs } from '../../../lib/core/mapping/quantities.ts'

t.test('sizes: 1 KB is 1024 bytes (D11)', (t) => {
  const cases: [unknown, number | undefined][] = [
    ['12MB', 12 * 1024 * 1024],
    ['1.5GB', 1.5 * 1024 ** 3],
    ['512 KB', 512 * 1024],
    ['7B', 7],
    [4096, 4096],
    ['4096', 4096],
  ]
  for (const [text, bytes] of cases) t.equal(maybeBytes(text), bytes, String(text))
  for (const bad of ['', 'MB', '12mb', '12 megabytes', '-1MB', '1e3', '0.3KB', -1, 1.5, null, true])
    t.equal(maybeBytes(bad), undefined, String(bad))
  t.end()
})

t.test('durations want a unit', (t) => {
  const cases: [unknown, number | undefined][] = [
    ['200ms', 200],
    ['60s', 60_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0s', 0],
  ]
  for (const [text, ms] of cases) t.equal(maybeDurationMs(text), ms, String(text))
  for (const bad of ['200', 200, 's', '1d', '0.5ms', '1 0s', null])
    t.equal(maybeDurationMs(bad), undefined, String(bad))
  t.end()
})
