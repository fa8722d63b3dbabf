import t from 'tap'
import { CommitPace } from '../../../lib/sources/embedded/commit-pace.ts'
import { openEmbeddedStreams } from '../../../lib/sources/embedded/open-embedded-streams.ts'
import { order, SETTINGS, temporaryDirectory } from '../../support/embedded-fixture.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

t.test('after a commit to few shards the next one follows at once', (t) => {
  const pace = new CommitPace(new VirtualClock())
  t.equal(pace.rest(), undefined, 'before the first')
  for (const shards of [1, 10, 11]) {
    pace.committed(shards)
    t.equal(pace.rest(), undefined, `${shards} shards`)
  }
  t.end()
})

t.test('after a commit to many it rests for longer the more there were', async (t) => {
  for (const [shards, restMs] of [
    [100, 9],
    [1000, 90],
  ] as const) {
    const clock = new VirtualClock()
    const pace = new CommitPace(clock)
    pace.committed(shards)
    const began = clock.now()
    const rest = pace.rest()
    await clock.advance(restMs)
    await rest
    t.equal(clock.now() - began, restMs)
    t.equal(pace.rest(), undefined, 'only once')
  }
})

t.test('a clock that was put back makes no rest longer', async (t) => {
  let now = 1_000_000
  const due: number[] = []
  const pace = new CommitPace({
    now: () => now as never,
    at: (time) => {
      due.push(time - now)
      return () => {}
    },
    soon: () => {},
  })
  pace.committed(1000)
  now -= 3_600_000
  void pace.rest()
  t.same(due, [90])
})

t.test('puts that came during a commit to many shards share the next one', async (t) => {
  const clock = new VirtualClock()
  const options = { directory: temporaryDirectory(t), region: 'us-east-1', account: '000000000000' }
  const streams = await openEmbeddedStreams({ ...options, clock })
  t.teardown(() => streams.close())
  const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 100 })
  const put = (name: string) =>
    stream.put(Array.from({ length: 500 }, (_, i) => order(`${name}-${i}`)))
  const first = put('first')
  await Promise.resolve()
  await Promise.resolve()
  let stored = 0
  const others = [put('second'), put('third')]
  for (const other of others) void other.then(() => stored++)
  await first
  t.equal(stored, 0)
  await clock.advance(8)
  t.equal(stored, 0, 'they wait as long as the shards of the first one tell')
  await clock.advance(1)
  await Promise.all(others)
  await put('alone')
  t.pass('one that finds nothing under way does not wait')
})
