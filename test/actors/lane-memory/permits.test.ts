import t from 'tap'
import { Permits } from '../../../lib/actors/lane-memory/permits.ts'

const typesOf = (permits: Permits, count: number, holder = 2) =>
  Array.from({ length: count }, () => permits.take(holder).type)

t.test('without a limit everybody may; with one so many; with 0 nobody', (t) => {
  const permits = Permits.allocate()
  t.same(typesOf(permits, 3), ['granted', 'granted', 'granted'])
  t.notOk(permits.isLimited || permits.isFull)
  permits.setLimit(2)
  t.same(typesOf(permits, 3), ['granted', 'granted', 'full'])
  t.ok(permits.isFull)
  permits.setLimit(0)
  t.same(typesOf(permits, 1), ['stopped'])
  t.notOk(permits.isFull, 'who asks is told')
  permits.setLimit(undefined)
  t.same(typesOf(permits, 1), ['granted'])
  t.end()
})

t.test('what is given back can be taken; what a holder that is gone had too', (t) => {
  const permits = Permits.allocate()
  permits.setLimit(3)
  const first = permits.take(2)
  permits.take(2)
  permits.take(7)
  t.equal(permits.take(9).type, 'full')
  if (first.type === 'granted') permits.give(first.slot!)
  t.same(typesOf(permits, 2, 9), ['granted', 'full'])
  permits.giveAll(2)
  t.same(typesOf(permits, 2, 9), ['granted', 'full'], 'of two, one was given back before')
  permits.giveAll(9)
  permits.giveAll(7)
  t.same(typesOf(permits, 4), ['granted', 'granted', 'granted', 'full'])
  t.end()
})

t.test('a limit that falls ends nothing, and counts what runs', (t) => {
  const permits = Permits.allocate()
  permits.setLimit(3)
  const slots = [permits.take(2), permits.take(2), permits.take(2)]
  permits.setLimit(1)
  t.ok(permits.isFull)
  for (const permit of slots.slice(0, 2)) if (permit.type === 'granted') permits.give(permit.slot!)
  t.same(typesOf(permits, 2), ['granted', 'full'])
  t.end()
})

t.test('who waits is called when there may be room, also where that came before', async (t) => {
  const permits = Permits.allocate()
  permits.setLimit(1)
  const permit = permits.take(2)
  const change = (seen: number) => new Promise<void>((resolve) => permits.onSignal(seen, resolve))
  const waiting = change(permits.signal)
  if (permit.type === 'granted') permits.give(permit.slot!)
  await waiting
  const { signal } = permits
  permits.setLimit(5)
  await change(signal)
  t.not(permits.signal, signal)
})
