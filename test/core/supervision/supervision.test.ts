import t from 'tap'
import type { EpochMs, ShardId } from '../../../lib/core/ids.ts'
import { InvariantError } from '../../../lib/core/invariant.ts'
import {
  type ChildFailure,
  countsAsRestart,
  type Directive,
  decide,
} from '../../../lib/core/supervision/decider.ts'
import {
  DEFAULT_RESTART_RULES,
  NO_RESTARTS,
  planRestart,
  type RestartHistory,
} from '../../../lib/core/supervision/restart-intensity.ts'
import { type SupervisionState, stepOneForOne } from '../../../lib/core/supervision/strategy.ts'

const IDLE_LOST: ChildFailure = { type: 'idle-host-lost', exitCode: 1 }
const BUSY_LOST: ChildFailure = { type: 'busy-host-lost', exitCode: 1 }
const FENCED: ChildFailure = { type: 'checkpoint-fenced', shardId: 's' as ShardId }
const BROKEN: ChildFailure = { type: 'invariant-broken', error: new InvariantError('x') }
const DOWN: ChildFailure = { type: 'source-unavailable', reason: 'refused' }
const FULL: ChildFailure = { type: 'store-unwritable', reason: 'full' }

t.test('a failure has one directive', async (t) => {
  const cases: [ChildFailure, Directive, counts: boolean, why: string][] = [
    [IDLE_LOST, 'restart', true, 'a thread that dies for nothing is our trouble'],
    [
      BUSY_LOST,
      'restart',
      false,
      'D27: what a handler does to its thread is no failure of a child',
    ],
    [DOWN, 'restart', false, 'a server comes back'],
    [FULL, 'restart', false, 'a disk can be made free'],
    [FENCED, 'stop', true, 'D41: another engine goes on'],
    [BROKEN, 'escalate', true, 'our own assumption broke: a restart would break it again'],
  ]
  for (const [failure, directive, counts, why] of cases)
    t.same([decide(failure), countsAsRestart(failure)], [directive, counts], why)
})

const RULES = DEFAULT_RESTART_RULES
const at = (time: number) => time as EpochMs

/** Restarts at these times; the waits, up to the one that was refused. */
function waits(times: readonly number[], counts: boolean): (number | 'give-up')[] {
  let history: RestartHistory = NO_RESTARTS
  const result: (number | 'give-up')[] = []
  for (const time of times) {
    const plan = planRestart(history, { counts, now: at(time), fraction: 0.5 }, RULES)
    if (plan.type === 'give-up') return [...result, 'give-up']
    history = plan.history
    result.push(plan.at - time)
  }
  return result
}

t.test('restarts by their times', async (t) => {
  const cases: [times: number[], counts: boolean, (number | 'give-up')[], why: string][] = [
    [[0, 1, 2, 3, 4], true, [100, 200, 400, 800, 1600], '5 in 30 s, each wait twice the last'],
    [[0, 1, 2, 3, 4, 5], true, [100, 200, 400, 800, 1600, 'give-up'], 'a sixth is too many'],
    [[0, 1, 2, 3, 4, 30_000], true, [100, 200, 400, 800, 1600, 3200], 'the first is forgotten'],
    [[0, 1, 2, 3, 4, 29_999], true, [100, 200, 400, 800, 1600, 'give-up'], 'but not a ms early'],
    [[0, 1, 2, 60_000], true, [100, 200, 400, 100], 'a quiet time begins anew'],
    [[0, 1, 2, 3, 4, 5, 6], false, [100, 200, 400, 800, 1600, 3200, 6400], 'D27: not counted'],
  ]
  for (const [times, counts, expected, why] of cases) t.same(waits(times, counts), expected, why)
})

t.test('waits are capped and spread; memory is bounded', async (t) => {
  const longAgo: RestartHistory = { countedAt: [], inARow: 40, lastDueAt: at(0) }
  const plan = planRestart(longAgo, { counts: false, now: at(1), fraction: 0 }, RULES)
  t.same(plan, {
    type: 'restart',
    at: 54_001,
    history: { countedAt: [], inARow: 41, lastDueAt: 54_001 },
  })
  let history: RestartHistory = NO_RESTARTS
  for (let i = 0; i < 100; i++) {
    const next = planRestart(history, { counts: true, now: at(i * 7000), fraction: 0.5 }, RULES)
    if (next.type === 'give-up') t.fail(`given up at ${i}`)
    else history = next.history
  }
  t.equal(history.countedAt.length, 5)
})

t.test('one for one: a failure touches the child that failed', async (t) => {
  const failed = (child: string, failure: ChildFailure, now = 0) =>
    ({ type: 'child-failed', child, failure, now: at(now), fraction: 0.5 }) as const
  let state: SupervisionState = new Map()
  let effects: readonly unknown[]
  for (let i = 0; i < 5; i++)
    [state, effects] = stepOneForOne(state, failed('a', IDLE_LOST, i), RULES)
  ;[state, effects] = stepOneForOne(state, failed('b', IDLE_LOST, 6), RULES)
  t.same(effects, [{ type: 'restart-child', child: 'b', at: 106 }], 'b has its own count')
  ;[state, effects] = stepOneForOne(state, failed('b', BUSY_LOST, 7), RULES)
  t.same(effects, [{ type: 'restart-child', child: 'b', at: 207 }])
  const before = state
  ;[state, effects] = stepOneForOne(state, failed('a', IDLE_LOST, 8), RULES)
  t.same(effects, [{ type: 'escalate', child: 'a', failure: IDLE_LOST }], 'a failed too often')
  t.same([...state.keys()], ['b'])
  t.equal(before.has('a'), true, 'the state before is as it was')
  ;[state, effects] = stepOneForOne(state, failed('b', FENCED), RULES)
  t.same(effects, [{ type: 'stop-child', child: 'b', failure: FENCED }])
  ;[state, effects] = stepOneForOne(state, failed('c', BROKEN), RULES)
  t.same(effects, [{ type: 'escalate', child: 'c', failure: BROKEN }])
  t.equal(state.size, 0)
})

t.test('a child that ended is forgotten', async (t) => {
  const failed = { type: 'child-failed', child: 'a', failure: IDLE_LOST } as const
  const [state] = stepOneForOne(new Map(), { ...failed, now: at(0), fraction: 0.5 }, RULES)
  t.equal(state.size, 1)
  t.same(stepOneForOne(state, { type: 'child-ended', child: 'a' }, RULES), [new Map(), []])
})
