import t from 'tap'
import type { Engine } from '../../../lib/index.ts'
import { keyed, RedriveProject } from '../../support/redrive-engine.ts'

/** An engine with failed batches of these keys, one each; the handler is sound from then on. */
async function withFailed(project: RedriveProject, ...keys: readonly string[]): Promise<Engine> {
  project.failOn(...keys)
  const engine = await project.start()
  await project.put(engine, ...keys.map((key, i) => keyed(key, i)))
  project.handle = () => undefined
  project.seen.length = 0
  return engine
}

/** Holds the first invocation until `go`. */
function gate(project: RedriveProject): { began: Promise<void>; go: () => void } {
  let go = (): void => {}
  const opened = new Promise<void>((resolve) => {
    go = resolve
  })
  const began = new Promise<void>((resolve) => {
    project.handle = async () => {
      resolve()
      await opened
    }
  })
  return { began, go }
}

t.test('filters: id, mapping, condition, key, time', async (t) => {
  const project = new RedriveProject(t)
  const engine = await withFailed(project, 'a', 'b', 'c')
  t.teardown(() => engine.stop())
  const all = engine.failed.list()
  const [a, b, c] = all.map(({ id }) => id)
  const ids = (filter: object) => engine.failed.list(filter).map(({ id }) => id)
  t.same(ids({}), [a, b, c])
  t.same(ids({ ids: [c!, a!] }), [a, c])
  t.same(ids({ mapping: all[0]!.facts.mapping }), [a, b, c])
  t.same(ids({ mapping: 'other' }), [])
  t.same(ids({ condition: 'RetryAttemptsExhausted' }), [a, b, c])
  t.same(ids({ condition: 'RecordAgeExceeded' }), [])
  t.same(ids({ key: 'b' }), [b])
  t.same(ids({ key: 'b', ids: [a!] }), [])
  const { discardedAt } = all[1]!.facts
  const at = all.filter(({ facts }) => facts.discardedAt >= discardedAt)
  t.same(
    ids({ since: discardedAt }),
    at.map(({ id }) => id),
  )
  t.same(
    ids({ until: discardedAt }),
    all.filter((one) => !at.includes(one)).map(({ id }) => id),
  )
  t.throws(() => engine.failed.get('000000000000-000000'), {
    code: 'MILLRACE_FAILED_BATCH_UNKNOWN',
  })
})

t.test(
  'an interrupted redrive goes on with the next engine, and sends nothing twice',
  async (t) => {
    const project = new RedriveProject(t)
    const engine = await withFailed(project, 'a', 'b', 'c')
    const { began, go } = gate(project)
    const redrive = await engine.failed.redrive({})
    await began
    const stopping = engine.stop()
    go()
    await stopping
    await t.rejects(redrive.done, { code: 'MILLRACE_ABORTED' })
    t.same(project.names, ['a:0'])
    project.handle = () => undefined
    const again = await project.start()
    t.match(again.failed.list(), [{ state: 'redriving' }, {}, {}])
    await again.caughtUp()
    t.same(project.names, ['a:0', 'b:1', 'c:2'])
    t.same(again.failed.list(), [])
    t.match(again.failed.redrives(), [
      { id: redrive.id, state: 'done', ledger: { delivered: 3, invocations: 3 } },
    ])
    await again.stop()
  },
)

t.test(
  'a mapping has one redrive at a time; cancelled, what is not settled is free again',
  async (t) => {
    const project = new RedriveProject(t)
    const engine = await withFailed(project, 'a', 'b', 'c')
    t.teardown(() => engine.stop())
    const { began, go } = gate(project)
    const redrive = await engine.failed.redrive({})
    await began
    await t.rejects(engine.failed.redrive({}), {
      code: 'MILLRACE_REDRIVE_REFUSED',
      message: new RegExp(`the redrive ${redrive.id} of it has not ended`),
    })
    t.same(await engine.failed.purge({}), { count: 0, bytes: 0 }, 'what it holds is not purged')
    const cancelled = engine.failed.cancel(redrive.id!)
    go()
    t.match(await cancelled, { delivered: 1, inFlight: 0 })
    await t.rejects(redrive.done, { code: 'MILLRACE_ABORTED' })
    t.match(
      engine.failed.list().map(({ state }) => state),
      ['kept', 'kept'],
    )
    t.match(engine.failed.redrives(), [{ state: 'cancelled', ledger: { delivered: 1 } }])
    await t.rejects(engine.failed.cancel(redrive.id!), {
      code: 'MILLRACE_REDRIVE_UNKNOWN',
      message: /there are: none/,
    })
    project.handle = () => undefined
    t.match(await (await engine.failed.redrive({})).done, { delivered: 2 })
    t.same(project.names, ['a:0', 'b:1', 'c:2'])
  },
)

t.test('a purge removes what matches, and says how much', async (t) => {
  const project = new RedriveProject(t)
  const engine = await withFailed(project, 'a', 'b')
  t.teardown(() => engine.stop())
  const { count, bytes } = await engine.failed.purge({ key: 'a' })
  t.equal(count, 1)
  t.ok(bytes > 0)
  t.same(
    engine.failed.list().map(({ id }) => id),
    engine.failed.list({ key: 'b' }).map(({ id }) => id),
  )
  t.equal(engine.failed.list().length, 1)
})

t.test(
  'order per key, splits and batches of several lanes come from the engine itself',
  async (t) => {
    const project = new RedriveProject(t)
    project.mapping = {
      BatchSize: 4,
      ParallelizationFactor: 5,
      MaximumRetryAttempts: 1,
      BisectBatchOnFunctionError: true,
    }
    project.more = { engine: { RetryBackoff: { Base: '1ms', Maximum: '1ms' } } }
    const keys = Array.from({ length: 60 }, (_, i) => `k${i % 7}`)
    project.handle = () => {
      throw new Error('down')
    }
    const engine = await project.start()
    t.teardown(() => engine.stop())
    await project.put(engine, ...keys.map((key, i) => keyed(key, String(i).padStart(2, '0'))))
    const batches = engine.failed.list().length
    project.seen.length = 0
    project.failOn('k3')
    const redrive = await engine.failed.redrive({})
    t.equal(redrive.sent.length, batches)
    const ofKey3 = keys.filter((key) => key === 'k3').length
    t.match(await redrive.done, { polled: 60, delivered: 60 - ofKey3, dropped: ofKey3 })
    const left = engine.failed.list()
    t.equal(left.length, ofKey3)
    project.handle = () => undefined
    t.match(await (await engine.failed.redrive({})).done, { delivered: ofKey3 })
    for (const key of new Set(keys)) {
      const sound = project.seen.filter(({ Records }) =>
        key === 'k3' ? true : !Records.some(({ dynamodb }) => dynamodb.Keys.id.S === 'k3'),
      )
      const ours = sound
        .flatMap(({ Records }) => Records)
        .filter(({ dynamodb }) => dynamodb.Keys.id.S === key)
        .map(({ dynamodb }) => dynamodb.NewImage!.n!.S)
      const last = ours.slice(-keys.filter((one) => one === key).length)
      t.same(last, [...last].sort(), key)
      t.equal(new Set(last).size, last.length, key)
    }
  },
)

t.test('D16: what fails again is reported to the mapping’s destination', async (t) => {
  const project = new RedriveProject(t)
  const { readFileSync } = await import('node:fs')
  const file = `${t.testdir()}/failed.ndjson`
  project.mapping = { DestinationConfig: { OnFailure: { Destination: `file:${file}` } } }
  const engine = await withFailed(project, 'a')
  t.teardown(() => engine.stop())
  project.failOn('a')
  t.match(await (await engine.failed.redrive({})).done, { sent: 1, dropped: 0 })
  await engine.caughtUp()
  t.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 2)
})
