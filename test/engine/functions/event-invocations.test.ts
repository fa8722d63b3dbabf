import t from 'tap'
import type { TaskEnd } from '../../../lib/actors/protocol.ts'
import { EVENT_QUEUE_MAX } from '../../../lib/core/limits.ts'
import {
  type EventInvocation,
  EventInvocations,
} from '../../../lib/engine/functions/event-invocations.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

type End = TaskEnd | 'throttled' | undefined

const RETURNED: TaskEnd = { answer: { type: 'returned', json: 'null' }, durationMs: 1 }
const FAILED: TaskEnd = {
  answer: { type: 'function-error', error: { errorType: 'E', errorMessage: 'no' } },
  durationMs: 1,
}

/** A queue whose attempts end as the test says: `log` tells of them, with the minutes since the beginning. */
function queue(endOf: (id: string) => End | Promise<End>, runningMax = 10) {
  const clock = new VirtualClock(0)
  const log: string[] = []
  const minutes = () => Math.round(clock.now() / 600) / 100
  const events = new EventInvocations({
    clock,
    runningMax,
    attempt: async ({ requestId }: EventInvocation) => {
      log.push(`${requestId} at ${minutes()}`)
      return endOf(requestId)
    },
    dropped: ({ requestId }, reason) => log.push(`${requestId} dropped: ${reason}`),
  })
  const add = (requestId: string, name = 'fn', payload = '{}') =>
    events.add({ target: { name }, requestId, payload })
  return { clock, events, add, taken: () => log.splice(0) }
}

t.test('an error: two retries, after one minute and after two, then it is dropped', async (t) => {
  const { clock, add, taken } = queue(() => FAILED)
  add('a')
  await clock.advance(3_600_000)
  t.same(taken(), ['a at 0', 'a at 1', 'a at 3', 'a dropped: RetriesExhausted'])
})

t.test('what succeeds is done; what finds no room is tried again and spends nothing', async (t) => {
  const ends: End[] = ['throttled', 'throttled', FAILED, RETURNED]
  const { clock, add, taken } = queue(() => ends.shift())
  add('a')
  await clock.advance(3_600_000)
  t.same(taken(), ['a at 0', 'a at 0.02', 'a at 0.05', 'a at 1.05'])
})

t.test('a function that is gone takes its events along', async (t) => {
  const { clock, add, taken } = queue(() => undefined)
  add('a')
  await clock.settle()
  t.same(taken(), ['a at 0', 'a dropped: the function is not there any more'])
})

t.test('so many of a function run at a time; others are not held up by them', async (t) => {
  const open: (() => void)[] = []
  const { clock, add, taken } = queue((id) => {
    if (id.startsWith('b')) return RETURNED
    return new Promise((resolve) => open.push(() => resolve(RETURNED)))
  }, 2)
  for (const id of ['a1', 'a2', 'a3']) add(id)
  add('b', 'other')
  await clock.settle()
  t.same(taken(), ['a1 at 0', 'a2 at 0', 'b at 0'])
  open[0]!()
  await clock.settle()
  t.same(taken(), ['a3 at 0'])
})

t.test('the queue is bounded, by number and by bytes', async (t) => {
  const never = () => new Promise<End>(() => {})
  const full = { exception: 'TooManyRequestsException', message: 'Rate Exceeded.' }
  const many = queue(never)
  for (let i = 0; i < EVENT_QUEUE_MAX; i++) many.add(String(i))
  t.throws(() => many.add('one more'), full)
  const large = queue(never)
  for (let i = 0; i < 64; i++) large.add(String(i), 'fn', 'x'.repeat(1024 * 1024))
  t.throws(() => large.add('one more'), full)
})

t.test('a stop tells what is lost, and begins nothing', async (t) => {
  const { clock, events, add, taken } = queue(() => FAILED)
  add('a')
  await clock.settle()
  events.stop()
  await clock.advance(3_600_000)
  t.same(taken(), ['a at 0', 'a dropped: the engine stops'])
})
