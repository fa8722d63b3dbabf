import t from 'tap'
import { HostRoom } from '../../lib/actors/host-room.ts'

/** A room of `countMax` seats, and who was let in, in order. */
function room(countMax: number) {
  const begun: number[] = []
  let mustBeReplaced = false
  const host = new HostRoom(countMax, () => mustBeReplaced)
  return {
    host,
    begun,
    wearOut: () => {
      mustBeReplaced = true
    },
    ask: (lane: number) => host.when(lane, () => begun.push(lane)),
    /** A suspect's lane: taken up, it asks for room at once. */
    askAlone: (lane: number) =>
      host.whenAlone(lane, () => {
        begun.push(-lane)
        host.when(lane, () => begun.push(lane))
      }),
    end: (lane: number) => {
      host.ended(lane)
      host.next()
    },
  }
}

t.test('so many at a time; the others wait in order', (t) => {
  const { host, begun, ask, end } = room(2)
  for (const lane of [1, 2, 3, 4]) ask(lane)
  t.same(begun, [1, 2])
  t.notOk(host.isOpen)
  end(1)
  t.same(begun, [1, 2, 3])
  end(2)
  end(3)
  t.same(begun, [1, 2, 3, 4])
  t.ok(host.isOpen)
  t.end()
})

t.test('D27: a suspect waits until nothing runs, and nothing runs beside it', (t) => {
  const { host, begun, ask, askAlone, end } = room(3)
  ask(1)
  ask(2)
  askAlone(7)
  askAlone(8)
  t.notOk(host.isOpen)
  ask(3)
  end(1)
  t.same(begun, [1, 2], 'one still runs')
  end(2)
  t.same(begun, [1, 2, -7, 7])
  t.equal(host.running, 1)
  end(7)
  t.same(begun, [1, 2, -7, 7, -8, 8], 'one suspect after the other')
  t.notOk(host.isOpen)
  end(8)
  t.same(begun, [1, 2, -7, 7, -8, 8, 3])
  t.ok(host.isOpen)
  t.end()
})

t.test('a suspect that lets go without an invocation frees the room', (t) => {
  const { host, begun, ask } = room(2)
  host.whenAlone(7, () => begun.push(-7))
  ask(1)
  t.same(begun, [-7])
  host.letGo(7)
  host.next()
  t.same(begun, [-7, 1])
  t.end()
})

t.test('an environment that must be replaced lets nobody in', (t) => {
  const { host, begun, ask, askAlone, wearOut, end } = room(2)
  ask(1)
  ask(2)
  askAlone(7)
  wearOut()
  ask(3)
  end(1)
  end(2)
  t.same(begun, [1, 2])
  t.equal(host.running, 0)
  t.notOk(host.isOpen)
  t.end()
})
