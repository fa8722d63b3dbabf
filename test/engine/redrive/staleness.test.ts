import t, { type Test } from 'tap'
import type { Engine } from '../../../lib/index.ts'
import { keyed, RedriveProject } from '../../support/redrive-engine.ts'

const SPLIT = { ParallelizationFactor: 3 }

/** What a preview says of each batch, by the first record's key. */
async function judged(engine: Engine): Promise<readonly string[]> {
  const { sent, skipped } = await engine.failed.preview({})
  const of = (id: string) => {
    const { Records } = JSON.parse(engine.failed.get(id).failed.payload) as {
      Records: { dynamodb: { NewImage: { n: { S: string } } } }[]
    }
    return Records.map(({ dynamodb }) => dynamodb.NewImage.n.S).join('+')
  }
  return [
    ...sent.map(({ id }) => `${of(id)} sent`),
    ...skipped.map(({ batch, because }) => `${of(batch.id)} ${because}`),
  ].sort()
}

async function open(t: Test, mapping: object = {}): Promise<[RedriveProject, Engine]> {
  const project = new RedriveProject(t)
  project.mapping = { ...SPLIT, ...mapping }
  const engine = await project.start()
  t.teardown(() => engine.stop())
  return [project, engine]
}

t.test('a batch is stale when a newer record of one of its keys was delivered', async (t) => {
  const [project, engine] = await open(t)
  project.failOn('a', 'b')
  await project.put(engine, keyed('a', 'a1'), keyed('b', 'b1'), keyed('c', 'c1'))
  t.same(await judged(engine), ['a1 sent', 'b1 sent'], 'others of the shard do not count')
  project.handle = () => undefined
  await project.put(engine, keyed('a', 'a2'), keyed('c', 'c2'))
  t.same(await judged(engine), ['a1 stale', 'b1 sent'])
  const { skipped } = await engine.failed.preview({})
  t.match(skipped, [{ reason: /^S:a: a newer record was delivered since, \d+ in shardId-/ }])
  const redrive = await engine.failed.redrive({})
  t.match(redrive, { sent: [{}], skipped: [{ because: 'stale' }] })
  await redrive.done
  t.same(await judged(engine), ['a1 stale'], 'what was skipped stays')
  await (await engine.failed.redrive({}, { includeStale: true })).done
  t.same(project.names.slice(-2), ['b:b1', 'a:a1'])
})

t.test('a newer record that failed too does not make a batch stale', async (t) => {
  const [project, engine] = await open(t)
  project.failOn('a')
  await project.put(engine, keyed('a', 'a1'), keyed('a', 'a2'))
  t.same(await judged(engine), ['a1 sent', 'a2 sent'])
  project.handle = () => undefined
  const [, newer] = engine.failed.list()
  await (await engine.failed.redrive({ ids: [newer!.id] })).done
  t.same(await judged(engine), ['a1 stale'], 'it was delivered by a redrive')
})

t.test('a newer record that no filter matched was not delivered', async (t) => {
  const pattern = JSON.stringify({ dynamodb: { NewImage: { n: { S: [{ prefix: 'x' }] } } } })
  const FilterCriteria = { Filters: [{ Pattern: pattern }] }
  const [project, engine] = await open(t, { FilterCriteria })
  project.failOn('a')
  await project.put(engine, keyed('a', 'x1'))
  project.handle = () => undefined
  await project.put(engine, keyed('a', 'y2'))
  t.same(await judged(engine), ['x1 sent'])
  await project.put(engine, keyed('a', 'x3'))
  t.same(await judged(engine), ['x1 stale'])
})

t.test('a newer record that waits is not delivered yet', async (t) => {
  const [project, engine] = await open(t, { MaximumRetryAttempts: 0 })
  project.failOn('a')
  await project.put(engine, keyed('a', 'a1'))
  let go = (): void => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const began = new Promise<void>((resolve) => {
    project.handle = () => {
      resolve()
      return gate
    }
  })
  await engine.stream('orders').put([keyed('a', 'a2')])
  await began
  t.same(await judged(engine), ['a1 sent'])
  go()
  await engine.caughtUp()
  t.same(await judged(engine), ['a1 stale'])
})

t.test(
  'a stream that is gone says nothing: its batches are skipped, or sent on demand',
  async (t) => {
    const project = new RedriveProject(t)
    project.failOn('a')
    const engine = await project.start()
    await project.put(engine, keyed('a', 'a1'), keyed('a', 'a2'))
    await engine.stop()
    const { rmSync } = await import('node:fs')
    const { join } = await import('node:path')
    rmSync(join(project.directory, 'streams'), { recursive: true })
    project.handle = () => undefined
    project.seen.length = 0
    const again = await project.start()
    t.teardown(() => again.stop())
    const { sent, skipped } = await again.failed.preview({})
    t.same(sent, [])
    t.match(skipped, [{ because: 'unknown', reason: /no embedded stream arn:/ }, {}])
    const redrive = await again.failed.redrive({}, { includeStale: true })
    t.match(await redrive.done, { delivered: 2 })
    t.same(project.names, ['a:a1', 'a:a2'])
  },
)
