import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import type { LaneMessage, LaneState } from '../../../lib/core/lane/lane-state.ts'
import { WINDOW_STATE_BYTES_MAX } from '../../../lib/core/limits.ts'
import type { LaneWindows } from '../../../lib/core/window/tumbling-window.ts'
import { CAREFUL, cut, ended, FAILED, NOW, send } from '../../support/lane-steps.ts'

const RULES = { tumblingWindowMs: 60_000 }
const END = 120_000
const OPEN = {
  start: 60_000 as EpochMs,
  end: END as EpochMs,
  state: '{"n":1}',
  lastArrivedAt: 999_900,
}
const WINDOWS: LaneWindows = { open: OPEN, closedUntil: 0, lateRecords: 0 }

const cutInWindow = (...arrivals: number[]): LaneMessage => ({
  ...(cut(arrivals) as Extract<LaneMessage, { type: 'batch-cut' }>),
  windows: WINDOWS,
})
const windowEnded: LaneMessage = { type: 'window-ended', windows: WINDOWS, ...NOW }
const saved: LaneMessage = { type: 'saved', ...NOW }
const windowsOf = (lane: LaneState): LaneWindows | undefined =>
  'windows' in lane ? lane.windows : undefined

t.test('D30: a state is saved with the position before anything else happens', (t) => {
  const { trace, last } = send(
    RULES,
    cutInWindow(1),
    ended({ type: 'succeeded', state: '{"n":2}' }),
  )
  t.equal(trace, 'invoke | settle save')
  t.match(last[1], { stack: [], windows: { open: { state: '{"n":2}', end: END } } })
  t.end()
})

t.test(
  '§5, D10: a state that is too large is handed back at once, and the window goes on empty',
  (t) => {
    const state = 'x'.repeat(WINDOW_STATE_BYTES_MAX + 1)
    const succeeded = ended({ type: 'succeeded', state })
    const early = send(RULES, cutInWindow(1), succeeded, saved)
    t.equal(early.trace, 'invoke | settle save | invoke')
    t.match(early.last[0], {
      work: { final: 'early', batch: { arrivals: [] } },
      windows: { open: { state } },
    })
    const after = send(RULES, cutInWindow(1), succeeded, saved, ended({ type: 'succeeded' }))
    t.match(after.last[0], { type: 'save', windows: { open: { state: '{}', end: END } } })
    t.end()
  },
)

t.test('§5: the final call has no records, and closes the window', (t) => {
  const { trace, effects } = send(RULES, windowEnded, ended({ type: 'succeeded' }), saved)
  t.equal(trace, 'invoke | save | release')
  t.match(effects[0]![0], { work: { final: 'ended', attempt: 1 }, windows: WINDOWS })
  t.strictSame((effects[1]![0] as { windows?: unknown }).windows, {
    closedUntil: END,
    lateRecords: 0,
  })
  t.end()
})

t.test('D28: a final call is tried as a batch is, with the window kept', (t) => {
  const retried = send(RULES, windowEnded, ended(FAILED), saved, { type: 'retry-due', ...NOW })
  t.equal(retried.trace, 'invoke | save | arm-retry | count-retry invoke')
  t.same(windowsOf(retried.lane), WINDOWS)
  const given = send({ ...RULES, retriesMax: 0 }, windowEnded, ended(FAILED))
  t.equal(given.trace, 'invoke | discard save')
  t.match(given.last[0], {
    discard: { condition: 'RetryAttemptsExhausted', work: { final: 'ended' } },
    windows: WINDOWS,
  })
  t.match(given.last[1], { windows: { open: undefined, closedUntil: END } })
  t.end()
})

t.test('D28: the age of a final call counts from the window’s last record', (t) => {
  const young = send({ ...RULES, recordAgeMsMax: 100 }, windowEnded)
  t.equal(young.trace, 'invoke')
  const old = send({ ...RULES, recordAgeMsMax: 99 }, windowEnded)
  t.equal(old.trace, 'discard save')
  t.match(old.last[0], { discard: { condition: 'RecordAgeExceeded', work: { final: 'ended' } } })
  t.end()
})

t.test('D28: a batch that is given up leaves the state as it was', (t) => {
  const given = send({ ...RULES, retriesMax: 0 }, cutInWindow(1), ended(FAILED))
  t.match(given.last[1], { type: 'save', windows: WINDOWS })
  t.end()
})

t.test('a partial success and a split stay in the window', (t) => {
  const partial = ended({ type: 'failed-from', index: 1, state: '{"n":2}' })
  const { last } = send(RULES, cutInWindow(1, 2), partial)
  t.match(last, [
    { type: 'settle', count: 1 },
    {
      type: 'save',
      stack: [{ batch: { arrivals: [2] } }],
      windows: { open: { state: '{"n":2}' } },
    },
  ])
  const split = send({ ...RULES, bisect: true }, cutInWindow(1, 2), ended(FAILED))
  t.match(split.last[1], { type: 'save', windows: WINDOWS })
  t.end()
})

t.test('D15: a cautious lane writes a final call before it begins', (t) => {
  const careful = send(RULES, { ...windowEnded, ...CAREFUL }, saved)
  t.equal(careful.trace, 'save | invoke')
  t.match(careful.effects[0]![0], { inDoubt: true, stack: [{ final: 'ended', attempt: 1 }] })
  t.end()
})
