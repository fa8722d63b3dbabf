import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { type StallState, stepStall } from '../../../lib/core/ledger/stall.ts'

/** `[seconds, done, blocked, stalled]` one after another, with a limit of 60 s. */
const RUNS: readonly [string, readonly (readonly [number, number, boolean, boolean])[]][] = [
  [
    'blocked from the start',
    [
      [0, 0, true, false],
      [59, 0, true, false],
      [60, 0, true, true],
    ],
  ],
  [
    'something settles',
    [
      [0, 0, true, false],
      [59, 1, true, false],
      [61, 1, true, false],
    ],
  ],
  [
    'a handler runs for long',
    [
      [0, 0, false, false],
      [900, 0, false, false],
    ],
  ],
  [
    'it ran, and backs off when looked at',
    [
      [0, 0, false, false],
      [61, 0, true, true],
    ],
  ],
  [
    'counted from the last settled record',
    [
      [0, 5, true, false],
      [50, 6, true, false],
      [110, 6, true, true],
    ],
  ],
]

t.test('D24', (t) => {
  for (const [title, sights] of RUNS) {
    let state: StallState | undefined
    for (const [seconds, done, blocked, stalled] of sights) {
      const step = stepStall(state, { now: (1000 * seconds) as EpochMs, done, blocked }, 60_000)
      t.equal(step.stalled, stalled, `${title}: ${seconds} s`)
      state = step.state
    }
  }
  t.end()
})

t.test('0 = never', (t) => {
  const first = stepStall(undefined, { now: 0 as EpochMs, done: 0, blocked: true }, 0)
  t.equal(first.stalled, false)
  const late = { now: 1e12 as EpochMs, done: 0, blocked: true }
  t.equal(stepStall(first.state, late, 0).stalled, false)
  t.end()
})
