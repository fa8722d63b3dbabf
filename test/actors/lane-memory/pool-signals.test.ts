import t from 'tap'
import { PoolSignals } from '../../../lib/actors/lane-memory/pool-signals.ts'

const turns = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

t.test('the main thread is woken once by what settles after it armed', async (t) => {
  const signals = PoolSignals.allocate(2)
  let woken = 0
  signals.tellMain()
  signals.armMain(() => woken++)
  await turns()
  t.equal(woken, 0, 'what came before does not count')
  signals.tellMain()
  signals.tellMain()
  await turns()
  t.equal(woken, 1)
  signals.tellMain()
  await turns()
  t.equal(woken, 1, 'nobody waits')
  signals.armMain(() => woken++)
  signals.tellMain()
  await turns()
  t.equal(woken, 2)
})

t.test('one idle host is woken, and is idle no more', async (t) => {
  const signals = PoolSignals.allocate(3)
  const woken: number[] = []
  t.notOk(signals.wakeOne([0, 1, 2]), 'nobody is idle')
  for (const host of [1, 2]) {
    signals.setIdle(host, true)
    signals.onWake(host, signals.signalOf(host), () => woken.push(host))
  }
  t.ok(signals.wakeOne([0, 1, 2]))
  await turns()
  t.same(woken, [1])
  t.notOk(signals.isIdle(1))
  t.ok(signals.isIdle(2))
  t.ok(signals.wakeOne([0, 1, 2]))
  t.notOk(signals.wakeOne([0, 1, 2]))
  await turns()
  t.same(woken, [1, 2])
})

t.test('a host that was woken between looking and sleeping does not sleep', async (t) => {
  const signals = PoolSignals.allocate(1)
  const seen = signals.signalOf(0)
  signals.wake(0)
  let woken = 0
  signals.onWake(0, seen, () => woken++)
  t.equal(woken, 0, 'not within the call')
  await turns()
  t.equal(woken, 1)
})
