import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import { lostInvocationError } from '../../../lib/core/function/host-end.ts'
import {
  createTestPool,
  inFixtures,
  moduleSettings,
  startFunction,
  TestHost,
} from '../../support/function-host.ts'

const INVOCATION = { requestId: 'r-1', timeoutSeconds: 3 }

/** Runs the fixture's handler, which ends its thread. */
async function endOf(name: string, memorySizeMegabytes = 128) {
  const host = await startFunction(name, { memorySizeMegabytes })
  host.invoke(undefined, { timeMs: 60_000 })
  const end = await host.handle.ended
  t.equal(host.reports.length, 0, 'nothing was answered')
  const next = new TestHost(host.pool, 2)
  await next.next('loaded')
  t.ok(true, 'the pool is whole again')
  await next.close()
  await host.close()
  return end
}

t.test('§9.3 process exits: Runtime.ExitError', async (t) => {
  const clean = await endOf('faults.exits0')
  t.same(clean, { type: 'exited', code: 0 })
  t.same(lostInvocationError({ type: 'exited', code: 0 }, INVOCATION), {
    errorType: 'Runtime.ExitError',
    errorMessage: 'RequestId: r-1 Error: Runtime exited without providing a reason',
  })
  const failed = await endOf('faults.exits1')
  t.same(failed, { type: 'exited', code: 1 })
  t.same(lostInvocationError({ type: 'exited', code: 1 }, INVOCATION), {
    errorType: 'Runtime.ExitError',
    errorMessage: 'RequestId: r-1 Error: Runtime exited with error: exit status 1',
  })
})

t.test('§9.3 out of heap by small objects ends the thread only', async (t) => {
  t.same(await endOf('faults.growsHeap', 32), { type: 'out-of-memory' })
  t.match(lostInvocationError({ type: 'out-of-memory' }, INVOCATION), {
    errorType: 'Runtime.ExitError',
    errorMessage: 'RequestId: r-1 Error: Runtime exited with error: signal: killed',
  })
})

t.test('§9.3 timeout: a blocked thread is killed at once', async (t) => {
  const host = await startFunction('faults.blocks')
  host.invoke()
  host.handle.kill()
  host.handle.kill()
  t.same(await host.handle.ended, { type: 'killed' })
  t.match(lostInvocationError({ type: 'killed' }, INVOCATION), {
    errorType: 'Sandbox.Timedout',
    errorMessage: 'RequestId: r-1 Error: Task timed out after 3.00 seconds',
  })
  const next = new TestHost(host.pool, 2)
  t.match(await next.next('loaded'), { error: undefined }, 'the pool is whole again')
  await host.close()
  await next.close()
})

t.test('a host that finishes ends its thread; the next one gets a new environment', async (t) => {
  const host = await startFunction('faults.countsCalls')
  t.same(await host.answer(), { type: 'returned', value: 1 })
  host.order({ type: 'finish' })
  t.same(await host.handle.ended, { type: 'finished' })
  const next = new TestHost(host.pool, 2)
  await next.next('loaded')
  t.same(await next.answer(), { type: 'returned', value: 1 }, 'module state is fresh')
  await host.close()
  await next.close()
})

t.test('hosts run side by side, up to threadsMax', async (t) => {
  const pool = createTestPool(moduleSettings('faults.countsCalls'), { threadsMax: 3 })
  const hosts = [1, 2, 3].map((id) => new TestHost(pool, id))
  for (const host of hosts) await host.next('loaded')
  for (const host of hosts) t.same(await host.answer(), { type: 'returned', value: 1 })
  t.throws(() => new TestHost(pool, 4), {
    name: 'InvariantError',
    message: 'more hosts than threads',
  })
  t.equal(await pool.loadOnce(), undefined, 'loading has a thread of its own')
  for (const host of hosts) await host.close()
  for (const host of hosts) t.same(await host.handle.ended, { type: 'killed' })
  t.throws(() => new TestHost(pool, 5), { name: 'InvariantError', message: 'the pool is closed' })
})

t.test('close ends blocked threads, hosts that wait for a thread, and is repeatable', async (t) => {
  const host = await startFunction('faults.blocks')
  host.invoke()
  const starting = new TestHost(host.pool, 2)
  await starting.close()
  t.same(await host.handle.ended, { type: 'killed' })
  t.same(await starting.handle.ended, { type: 'killed' })
  await host.close()
})

t.test('a kill before the thread is ready', async (t) => {
  const pool = createTestPool(moduleSettings('faults.countsCalls'))
  const host = new TestHost(pool, 1)
  host.handle.kill()
  t.same(await host.handle.ended, { type: 'killed' })
  const next = new TestHost(pool, 2)
  await next.next('loaded')
  t.same(await next.answer(), { type: 'returned', value: 1 })
  await host.close()
  await next.close()
})

t.test(
  'a host file that cannot be loaded is a crash, and so is a task that cannot be sent',
  async (t) => {
    const pool = createTestPool(moduleSettings('faults.countsCalls'), {
      hostFile: inFixtures('absent.mjs'),
    })
    const { port1, port2 } = new MessageChannel()
    const { ended } = pool.startHost(1, { port: port2, shared: null })
    t.match(await ended, { type: 'crashed', error: { message: /^Cannot find module/ } })
    const unsendable = pool.startHost(2, { port: port1, shared: () => {} })
    t.match(await unsendable.ended, { type: 'crashed', error: { name: 'DataCloneError' } })
    await pool.close()
  },
)

t.test('a thread that cannot start is a crash, not a wait for ever', async (t) => {
  const settings = moduleSettings('faults.countsCalls', {
    environment: { NODE_OPTIONS: '--require=/a/file/that/is/not/there.js' },
  })
  const host = new TestHost(createTestPool(settings))
  t.match(await host.handle.ended, { type: 'crashed', error: /not\/there/ })
  await host.close()
})

t.test('cpuUse: a blocked thread uses a processor, an idle one none', async (t) => {
  const host = await startFunction('faults.blocks')
  host.invoke()
  let use = 0
  // Bounded by the test's own time limit: the share grows while the thread is blocked.
  while (use < 0.5) {
    use = host.pool.cpuUse()
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.ok(use <= 1.01)
  await host.close()
  t.equal(host.pool.cpuUse(), 0, 'no threads')
})

t.test('D34 loadOnce', async (t) => {
  const rows: [string, object | undefined][] = [
    ['styles.promise', undefined],
    ['styles.absent', { errorType: 'Runtime.HandlerNotFound' }],
    ['absent.handler', { errorType: 'Runtime.ImportModuleError' }],
    [
      'exits.handler',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: 'RequestId: init Error: Runtime exited with error: exit status 7',
      },
    ],
    [
      'hangs.handler',
      { errorType: 'Sandbox.Timedout', errorMessage: 'Error: Init timed out after 1.50 seconds' },
    ],
    [
      'blocks.handler',
      { errorType: 'Sandbox.Timedout', errorMessage: 'Error: Init timed out after 1.50 seconds' },
    ],
    ['cjs/late-at-load.handler', { errorType: 'Error', errorMessage: 'late at load' }],
  ]
  for (const [name, error] of rows) {
    const pool = createTestPool(moduleSettings(name), { loadMs: 1500 })
    const result = await pool.loadOnce()
    if (error) t.match(result, error, name)
    else t.equal(result, undefined, name)
    await pool.close()
  }
})
