import fc from 'fast-check'
import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { stepLane } from '../../../lib/core/lane/lane.ts'
import type { LaneRules } from '../../../lib/core/lane/lane-rules.ts'
import type { LaneEffect, LaneMessage, LaneState } from '../../../lib/core/lane/lane-state.ts'
import type { Verdict } from '../../../lib/core/lane/verdict.ts'
import { FAILED, LANE_RULES } from '../../support/lane-steps.ts'
import { holds } from '../../support/property.ts'

/** Drives a lane until it is idle; `handler` gets the records of each invocation. */
function drive(
  count: number,
  rules: Partial<LaneRules>,
  handler: (records: readonly number[], attempt: number) => Verdict,
) {
  const trace: string[] = []
  const discards: string[] = []
  let settled = 0
  let now = 1_000_000 as EpochMs
  let lane: LaneState = { state: 'idle' }
  let ids = 0
  const context = () => ({ now, freshId: `id-${++ids}`, cautious: false, fraction: 0.5 })
  const inbox: LaneMessage[] = []
  const records = Array.from({ length: count }, (_, i) => i + 1)
  // Arrivals never expire here, so they name the records.
  const batch = { arrivals: records }
  inbox.push({ type: 'batch-cut', batch, ...context() })
  /** Only records that lie right behind what is settled are handed out or given up. */
  const follows = (list: readonly number[]) => {
    if (list.some((record, i) => record !== settled + 1 + i))
      throw new Error(`${list} at ${settled}`)
  }
  const perform = (effect: LaneEffect) => {
    switch (effect.type) {
      case 'invoke': {
        const list = effect.work.batch.arrivals
        follows(list)
        trace.push(list.join(''))
        inbox.push({
          type: 'invocation-ended',
          verdict: handler(list, effect.work.attempt),
          ...context(),
        })
        break
      }
      case 'settle':
        settled += effect.count
        break
      case 'discard': {
        const { work, condition } = effect.discard
        follows(work.batch.arrivals)
        settled += work.batch.arrivals.length
        discards.push(`${work.batch.arrivals.join('')} ${condition} ${work.attempt}`)
        break
      }
      case 'save':
        inbox.push({ type: 'saved', ...context() })
        break
      case 'arm-retry':
        now = effect.at
        inbox.push({ type: 'retry-due', ...context() })
        break
      default:
    }
  }
  for (let message = inbox.shift(); message; message = inbox.shift()) {
    const [state, effects] = stepLane(lane, message, { ...LANE_RULES, ...rules })
    lane = state
    for (const effect of effects) perform(effect)
  }
  return { trace: trace.join(', '), discards, settled, state: lane.state }
}

const poison =
  (bad: number, partial: boolean) =>
  (records: readonly number[]): Verdict => {
    const index = records.indexOf(bad)
    if (index < 0) return { type: 'succeeded' }
    return partial && index > 0 ? { type: 'failed-from', index } : FAILED
  }

t.test('aws-semantics §4.3: the four native sequences, batch 1 2 3 4, record 2 fails', (t) => {
  const rows = [
    [{ retriesMax: 2 }, false, '1234, 1234, 1234', '1234 RetryAttemptsExhausted 3'],
    [{ retriesMax: 1, bisect: true }, false, '1234, 12, 1, 2, 2, 34', '2 RetryAttemptsExhausted 2'],
    [
      { retriesMax: 1, partialResponses: true },
      true,
      '1234, 234, 234',
      '234 RetryAttemptsExhausted 2',
    ],
    [
      { retriesMax: 1, partialResponses: true, bisect: true },
      true,
      '1234, 234, 2, 2, 34',
      '2 RetryAttemptsExhausted 2',
    ],
  ] as const
  for (const [rules, partial, trace, discard] of rows) {
    const run = drive(4, rules, poison(2, partial))
    t.equal(run.trace, trace)
    t.same(run.discards, [discard])
    t.equal(run.settled, 4)
    t.equal(run.state, 'idle')
  }
  t.end()
})

t.test('D15: a cautious lane writes each attempt ahead, and its end before the next one', (t) => {
  const now = 1_000_000 as EpochMs
  const context = { now, freshId: 'id', cautious: true, fraction: 0.5 }
  const log: string[] = []
  let lane: LaneState = { state: 'idle' }
  const tell = (message: LaneMessage) => {
    const [state, effects] = stepLane(lane, message, LANE_RULES)
    lane = state
    for (const effect of effects) {
      log.push(
        effect.type === 'save'
          ? `save ${effect.stack.map(({ attempt }) => attempt)}${effect.inDoubt ? ' in doubt' : ''}`
          : effect.type,
      )
    }
  }
  tell({ type: 'batch-cut', batch: { arrivals: [1, 2] }, ...context })
  t.same(log.splice(0), ['save 1 in doubt'])
  tell({ type: 'saved', ...context })
  t.same(log.splice(0), ['invoke'])
  tell({ type: 'invocation-ended', verdict: { type: 'not-run', reason: 'busy' }, ...context })
  t.same(log.splice(0), ['save 0'], 'an attempt that was none is in doubt no more')
  tell({ type: 'saved', ...context })
  tell({ type: 'retry-due', ...context })
  tell({ type: 'saved', ...context })
  t.same(log.splice(0), ['arm-retry', 'save 1 in doubt', 'invoke'])
  tell({ type: 'invocation-ended', verdict: { type: 'succeeded' }, ...context })
  t.same(log.splice(0), ['settle', 'save '], 'or the next batch could kill the process before')
  tell({ type: 'saved', ...context })
  t.same(log.splice(0), ['release'])
  t.end()
})

t.test(
  'a split is a partition, and every run of a lane ends with each record settled once, in order',
  async (t) => {
    const settings = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      retriesMax: fc.integer({ min: 0, max: 3 }),
      bisect: fc.boolean(),
      partialResponses: fc.boolean(),
      answers: fc.infiniteStream(fc.nat(99)),
    })
    const property = fc.property(settings, ({ count, answers, ...rules }) => {
      const run = drive(count, rules, (records) => {
        const answer = answers.next().value!
        if (answer < 40) return FAILED
        if (answer >= 60 || !rules.partialResponses || records.length === 1)
          return { type: 'succeeded' }
        return { type: 'failed-from', index: 1 + (answer % (records.length - 1)) }
      })
      return run.settled === count && run.state === 'idle'
    })
    await holds(t, property, { runs: 500 })
  },
)

t.test(
  '§4.3 rule 2: the two halves of a split are the batch, the first one floor(n/2)',
  async (t) => {
    const context = { now: 1 as EpochMs, freshId: 'id', cautious: false, fraction: 0.5 }
    const owed = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })
    const property = fc.property(fc.integer({ min: 2, max: 500 }), owed, (count, sizes) => {
      const arrivals = Array.from({ length: count }, (_, i) => i)
      const work = (list: readonly number[]) => ({
        batch: { arrivals: list },
        attempt: 0,
        requestId: 'before',
        waits: 0,
      })
      const stack = sizes.map((size) => work(Array(size).fill(-1)))
      const held = { work: work(arrivals), stack, windows: undefined }
      const lane: LaneState = { state: 'invoking', leaving: false, ...held }
      const failed = { type: 'invocation-ended', verdict: FAILED, ...context } as const
      const [state, effects] = stepLane(lane, failed, { ...LANE_RULES, bisect: true })
      const save = effects.find((effect) => effect.type === 'save')
      const [first, second, ...rest] = save!.stack
      const halves = [...first!.batch.arrivals, ...second!.batch.arrivals]
      return (
        state.state === 'saving' &&
        halves.join() === arrivals.join() &&
        first!.batch.arrivals.length === Math.floor(count / 2) &&
        first!.requestId === '' &&
        second!.requestId === '' &&
        rest.length === stack.length &&
        rest.every((each, i) => each === stack[i])
      )
    })
    await holds(t, property, { runs: 200 })
  },
)
