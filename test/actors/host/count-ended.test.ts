import t from 'tap'
import { countEnded, THROTTLED, TOO_LARGE } from '../../../lib/actors/host/answer-verdict.ts'
import { newProgress } from '../../../lib/actors/lane-memory/lane-block.ts'
import type { Verdict } from '../../../lib/core/lane/verdict.ts'

const NOTHING = { invoked: 0, failed: 0, errors: 0, durationMs: 0, throttles: 0 }
const RAN = { ...NOTHING, invoked: 10, durationMs: 7 }

for (const [name, verdict, counts] of [
  ['success', { type: 'succeeded' }, RAN],
  [
    'function error',
    { type: 'failed', functionError: 'Unhandled' },
    { ...RAN, failed: 10, errors: 1 },
  ],
  ['bad partial answer', { type: 'failed', functionError: null }, { ...RAN, failed: 10 }],
  ['partial success', { type: 'failed-from', index: 4 }, { ...RAN, failed: 6 }],
  ['throttled', THROTTLED, { ...NOTHING, throttles: 1 }],
  ['environment to be replaced', { type: 'not-run', reason: 'worn out' }, NOTHING],
  ['too large to be sent', TOO_LARGE, { ...NOTHING, failed: 10 }],
] as const satisfies readonly (readonly [string, Verdict, object])[])
  t.test(`an invocation of ten records: ${name}`, (t) => {
    const progress = newProgress()
    let throttles = 0
    const flight = { throttled: () => void throttles++ }
    countEnded({ progress, flight }, verdict, 10, 7)
    const { invoked, failed, errors, durationMs } = progress
    t.same({ invoked, failed, errors, durationMs, throttles }, counts)
    t.end()
  })
