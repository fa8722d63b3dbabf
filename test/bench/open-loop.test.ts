import t from 'tap'
import { nowNs } from '../../bench/audit/handler-log.ts'
import { openLoop, Timetable } from '../../bench/load/open-loop.ts'

const FAST = { count: 50, ratePerSecond: 100_000 }
const { signal: never } = new AbortController()

t.test(
  'puts are made whether earlier ones have ended or not, each once and in order',
  async (t) => {
    const timetable = new Timetable(FAST)
    const called: number[] = []
    const waiting: (() => void)[] = []
    await openLoop(timetable, {
      prepare: (index) => index,
      put: (index) => {
        called.push(index)
        // None ends before all have been called.
        if (called.length === FAST.count) for (const end of waiting) end()
        return called.length === FAST.count
          ? Promise.resolve()
          : new Promise<void>((end) => waiting.push(end))
      },
      signal: never,
    })
    t.strictSame(called, [...Array(FAST.count).keys()])
    for (const index of called) {
      t.equal(timetable.dueNs(index) - timetable.dueNs(0), index * 10_000)
      t.ok(timetable.calledNs(index) >= timetable.dueNs(index))
    }
  },
)

t.test('late puts keep their due time: lateness is seen', async (t) => {
  const timetable = new Timetable({ count: 2, ratePerSecond: 1000 })
  await openLoop(timetable, {
    prepare: (index) => index,
    put: async (index) => {
      // Meanwhile the second one becomes late.
      const untilNs = nowNs() + 20e6
      while (index === 0 && nowNs() < untilNs);
    },
    signal: never,
  })
  t.ok(timetable.calledNs(1) - timetable.dueNs(1) > 10e6)
})

t.test('a put that fails ends it; so does the signal', async (t) => {
  const put = (error: unknown) => async (index: number) => {
    if (index === 3) throw error
  }
  const load = { prepare: (index: number) => index, signal: never }
  const failing = { ...load, put: put(new Error('disk full')) }
  await t.rejects(openLoop(new Timetable(FAST), failing), { message: 'disk full' })
  const stop = new AbortController()
  const slow = new Timetable({ count: 1e6, ratePerSecond: 1000 })
  const stopped = openLoop(slow, {
    ...load,
    put: async (index) => {
      if (index === 3) stop.abort(new Error('enough'))
    },
    signal: stop.signal,
  })
  await t.rejects(stopped, { message: 'enough' })
})

t.test('only the last calls are kept where it was asked for', (t) => {
  const timetable = new Timetable({ ...FAST, kept: 2 })
  for (const index of [0, 1, 2]) timetable.noteCall(index)
  t.equal(timetable.calledNs(0), timetable.calledNs(2))
  t.ok(timetable.calledNs(1) <= timetable.calledNs(2))
  t.end()
})
