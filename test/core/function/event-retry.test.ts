import t from 'tap'
import { type EventTries, FIRST_TRY, planEvent } from '../../../lib/core/function/event-retry.ts'

t.test('an error is tried again after one minute, then after two, then dropped', (t) => {
  let tries: EventTries = FIRST_TRY
  const delays: number[] = []
  for (;;) {
    const plan = planEvent(tries, 'failed', 0)
    if (plan.type === 'dropped') {
      t.equal(plan.condition, 'RetriesExhausted')
      break
    }
    delays.push(plan.delayMs)
    tries = plan.tries
  }
  t.strictSame(delays, [60_000, 120_000])
  t.end()
})

t.test(
  'without room it waits longer and longer, spends no attempt, and ends after six hours',
  (t) => {
    let tries: EventTries = { attempts: 1, throttles: 0 }
    const delays: number[] = []
    let ageMs = 0
    for (;;) {
      const plan = planEvent(tries, 'throttled', ageMs)
      if (plan.type === 'dropped') {
        t.equal(plan.condition, 'EventAgeExceeded')
        break
      }
      t.equal(plan.tries.attempts, 1)
      delays.push(plan.delayMs)
      ageMs += plan.delayMs
      tries = plan.tries
    }
    t.strictSame(delays.slice(0, 4), [1000, 2000, 4000, 8000])
    t.equal(Math.max(...delays), 300_000)
    t.ok(ageMs <= 6 * 3_600_000)
    t.end()
  },
)
