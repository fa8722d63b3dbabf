import t from 'tap'
import { InvocationSlots } from '../../../lib/actors/host/invocation-slots.ts'
import { Permits } from '../../../lib/actors/lane-memory/permits.ts'

/** Slots of an environment for `countMax` invocations; `log` says who began, and whose turn alone ended. */
function environment(countMax: number) {
  const log: string[] = []
  let runningMax = countMax
  const permits = Permits.allocate()
  const slots = new InvocationSlots({
    runningMax: () => runningMax,
    aloneEnded: (lane) => log.push(`${lane} was alone`),
    permits,
    holder: 2,
  })
  const ask = (lane: number) =>
    slots.whenRoom(lane, (mayRun) => log.push(`${lane} ${mayRun ? 'begins' : 'is refused'}`))
  return {
    slots,
    permits,
    ask,
    /** What was logged since the last call. */
    taken: () => log.splice(0),
    askAlone: (lane: number) => slots.whenAlone(lane, () => ask(lane)),
    wearOut: () => {
      runningMax = 0
    },
  }
}

t.test('so many at a time; the others wait in order', (t) => {
  const { slots, ask, taken } = environment(2)
  for (const lane of [1, 2, 3, 4]) ask(lane)
  t.same(taken(), ['1 begins', '2 begins'])
  t.notOk(slots.hasRoom)
  slots.ended(1)
  t.same(taken(), ['3 begins'])
  slots.ended(2)
  slots.ended(3)
  t.same(taken(), ['4 begins'])
  t.ok(slots.hasRoom)
  t.end()
})

t.test('D27: a suspect begins when nothing runs, and nothing runs beside it', (t) => {
  const { slots, ask, askAlone, taken } = environment(3)
  ask(1)
  ask(2)
  askAlone(7)
  askAlone(8)
  t.notOk(slots.hasRoom)
  ask(3)
  ask(4)
  slots.ended(1)
  t.same(taken(), ['1 begins', '2 begins'], 'one still runs')
  slots.ended(2)
  t.same(taken(), ['7 begins'])
  t.equal(slots.running, 1)
  slots.ended(7)
  t.same(taken(), ['7 was alone', '8 begins'], 'one suspect after the other')
  t.notOk(slots.hasRoom)
  slots.ended(8)
  t.same(taken(), ['8 was alone', '3 begins', '4 begins'], 'all that there is room for')
  t.ok(slots.hasRoom)
  t.end()
})

t.test('a suspect that lets go without an invocation frees the environment', (t) => {
  const { slots, ask, taken } = environment(2)
  slots.whenAlone(7, () => {})
  ask(1)
  t.same(taken(), [])
  slots.endAlone(7)
  t.same(taken(), ['7 was alone', '1 begins'])
  t.end()
})

t.test('an environment that must be replaced lets nobody in', (t) => {
  const { slots, ask, askAlone, wearOut, taken } = environment(2)
  ask(1)
  ask(2)
  askAlone(7)
  wearOut()
  ask(3)
  slots.ended(1)
  slots.ended(2)
  t.same(taken(), ['1 begins', '2 begins'])
  t.equal(slots.running, 0)
  t.notOk(slots.hasRoom)
  t.end()
})

t.test('what comes while the function loads waits, suspects too', (t) => {
  const log: number[] = []
  let runningMax = 0
  const slots = new InvocationSlots({
    runningMax: () => runningMax,
    aloneEnded: () => {},
    permits: Permits.allocate(),
    holder: 2,
  })
  slots.whenAlone(7, () => slots.whenRoom(7, () => log.push(7)))
  slots.whenRoom(1, () => log.push(1))
  t.same(log, [])
  runningMax = 4
  slots.admit()
  t.same(log, [7])
  slots.ended(7)
  t.same(log, [7, 1])
  t.end()
})

t.test(
  'where the function’s limit is reached, lanes in hand wait, and new ones are not taken',
  (t) => {
    const { slots, permits, ask, taken } = environment(4)
    permits.setLimit(2)
    for (const lane of [1, 2, 3]) ask(lane)
    t.same(taken(), ['1 begins', '2 begins'])
    t.notOk(slots.hasRoom)
    slots.ended(1)
    t.same(taken(), ['3 begins'])
    slots.ended(2)
    t.ok(slots.hasRoom)
    const others = permits.take(9)
    t.notOk(slots.hasRoom, 'others count')
    ask(4)
    t.same(taken(), [])
    if (others.type === 'granted') permits.give(others.slot!)
    slots.admit()
    t.same(taken(), ['4 begins'])
    t.end()
  },
)

t.test('what needs no permit of its own passes those that wait for one', (t) => {
  const { slots, permits, ask, taken } = environment(2)
  permits.setLimit(1)
  permits.take(9)
  ask(1)
  const log: string[] = []
  slots.whenRoomPermitted(-1, () => log.push('task'))
  t.same(log, ['task'])
  slots.ended(-1)
  t.same(taken(), [])
  t.equal(slots.running, 0)
  t.end()
})

t.test('§4.1: with a limit of 0, and where its shard is let go, an invocation is told no', (t) => {
  const { slots, permits, ask, taken } = environment(2)
  permits.setLimit(0)
  ask(1)
  t.same(taken(), ['1 is refused'])
  slots.ended(1)
  permits.setLimit(1)
  permits.take(9)
  for (const lane of [2, 3]) ask(lane)
  t.same(taken(), [])
  slots.refuse((lane) => lane === 2)
  t.same(taken(), ['2 is refused'])
  slots.ended(2)
  permits.giveAll(9)
  slots.admit()
  t.same(taken(), ['3 begins'])
  t.end()
})
