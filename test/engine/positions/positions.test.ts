import t, { type Test } from 'tap'
import type { Engine } from '../../../lib/index.ts'
import { keyed, RedriveProject } from '../../support/redrive-engine.ts'

/** A project whose mapping has settled `a:1`, `b:1`, `a:2`, and an engine on it that does not run. */
async function settled(
  t: Test,
  mapping: Readonly<Record<string, unknown>> = {},
): Promise<[RedriveProject, Engine, string]> {
  const project = new RedriveProject(t)
  project.mapping = mapping
  const first = await project.start()
  await project.put(first, keyed('a', 1), keyed('b', 1), keyed('a', 2))
  const [status] = first.status()
  await first.stop()
  const engine = await project.create()
  project.seen.length = 0
  t.teardown(() => engine.stop())
  return [project, engine, status!.uuid]
}

const shardOf = (engine: Engine, mapping: string) =>
  engine.checkpoints.export([mapping]).mappings[0]!.shards[0]!

/** What a run after the change delivers, and its ledger. */
async function deliver(project: RedriveProject, engine: Engine) {
  await engine.stop()
  const run = await project.start()
  await run.caughtUp()
  const ledger = run.ledger()
  await run.stop()
  return { names: project.names, ledger }
}

t.test('set back: records are delivered again, and counted again', async (t) => {
  const [project, engine, mapping] = await settled(t, { ParallelizationFactor: 3 })
  const { shardId, state } = shardOf(engine, mapping)
  const back = String(BigInt(state.mark!) - 2n)
  const plan = await engine.checkpoints.set(mapping, shardId, back)
  t.match(plan.shards, [
    {
      shardId,
      again: 2,
      skipped: 0,
      from: { mark: state.mark },
      to: { type: 'after', sequenceNumber: back },
    },
  ])
  t.equal(shardOf(engine, mapping).state.mark, state.mark, 'a preview changes nothing')
  await plan.apply()
  t.equal(shardOf(engine, mapping).state.mark, back)
  const { names, ledger } = await deliver(project, engine)
  t.same([...names].sort(), ['a:2', 'b:1'])
  t.match(ledger, { polled: 5, delivered: 5, inFlight: 0 })
})

t.test('set forward: what is passed over is told, and is in no ledger', async (t) => {
  const [project, engine, mapping] = await settled(t)
  const { shardId, state } = shardOf(engine, mapping)
  await engine.stream('orders').put([keyed('c', 1), keyed('c', 2), keyed('c', 3)])
  const ahead = String(BigInt(state.mark!) + 2n)
  const plan = await engine.checkpoints.set(mapping, shardId, ahead)
  t.match(plan.shards, [{ again: 0, skipped: 2 }])
  await plan.apply()
  const { names, ledger } = await deliver(project, engine)
  t.same(names, ['c:3'])
  t.match(ledger, { polled: 4, delivered: 4, dropped: 0, inFlight: 0 })
})

t.test('reset to the oldest record, and to what comes from now on', async (t) => {
  const [project, engine, mapping] = await settled(t)
  const all = await engine.checkpoints.reset(mapping, 'trim-horizon')
  t.match(all.shards, [{ again: 3, skipped: 0, to: { type: 'trim-horizon' } }])
  await all.apply()
  const latest = await engine.checkpoints.reset(mapping, 'latest', shardOf(engine, mapping).shardId)
  t.match(latest.shards, [{ again: 0, skipped: 3, to: { type: 'after' } }])
  const again = await engine.checkpoints.reset(mapping, 'trim-horizon')
  await latest.apply()
  await t.rejects(again.apply(), {
    code: 'MILLRACE_POSITION_REFUSED',
    message: /it moved since the preview/,
  })
  await engine.stream('orders').put([keyed('d', 1)])
  const { names } = await deliver(project, engine)
  t.same(names, ['d:1'])
})

t.test('positions are exported, and imported where they are not known yet', async (t) => {
  const [project, engine, mapping] = await settled(t)
  const file = JSON.parse(JSON.stringify(engine.checkpoints.export([mapping])))
  await (await engine.checkpoints.reset(mapping, 'trim-horizon')).apply()
  const plan = await engine.checkpoints.import(file)
  t.match(plan.shards, [{ again: 0, skipped: 3 }])
  await plan.apply()
  t.same(JSON.parse(JSON.stringify(engine.checkpoints.export([mapping]))), file)
  const { names } = await deliver(project, engine)
  t.same(names, [])

  const elsewhere = new RedriveProject(t)
  const other = await elsewhere.create()
  t.throws(() => other.checkpoints.export([mapping]), { code: 'MILLRACE_MAPPING_UNKNOWN' })
  const taken = await other.checkpoints.import(file)
  await taken.apply()
  t.same(JSON.parse(JSON.stringify(other.checkpoints.export([mapping]))), file)
  await t.rejects(other.checkpoints.import({ ...file, version: 9 }), {
    message: /positions of the file: version must be 1/,
  })
  await other.stop()
})

t.test('what cannot be is refused, and changes nothing', async (t) => {
  const [project, engine, mapping] = await settled(t)
  const { shardId, state } = shardOf(engine, mapping)
  const { set, reset } = {
    set: (...words: [string, string, string]) => engine.checkpoints.set(...words),
    reset: (uuid: string, shard?: string) => engine.checkpoints.reset(uuid, 'latest', shard),
  }
  const refused = 'MILLRACE_POSITION_REFUSED'
  const behind = String(BigInt(state.mark!) + 1n)
  await t.rejects(set(mapping, shardId, behind), { code: refused, message: /lies behind its last/ })
  await t.rejects(set(mapping, shardId, 'x'), { code: refused, message: /x is no sequence number/ })
  await t.rejects(set(mapping, shardId, '12'), { code: refused, message: /of an embedded stream/ })
  await t.rejects(set(mapping, 'shard', behind), { code: 'MILLRACE_SHARD_UNKNOWN' })
  await t.rejects(reset(mapping, 'shard'), { code: 'MILLRACE_SHARD_UNKNOWN' })
  await t.rejects(set('x', shardId, behind), { code: 'MILLRACE_MAPPING_UNKNOWN' })
  const plan = await engine.checkpoints.reset(mapping, 'trim-horizon')
  await engine.start()
  const late = [() => plan.apply(), () => reset(mapping), () => set(mapping, shardId, state.mark!)]
  for (const change of late)
    await t.rejects(async () => void (await change()), {
      code: refused,
      message: /it runs, and moves its positions itself/,
    })
  await engine.stop()
  await t.rejects(plan.apply(), { code: 'MILLRACE_STATE' })
  t.same(project.names, [])
})

t.test('a shard whose children were read already says so', async (t) => {
  const project = new RedriveProject(t)
  const first = await project.start()
  await project.put(first, keyed('a', 1))
  const stream = first.stream('orders')
  const mapping = first.status()[0]!.uuid
  const { shardId } = shardOf(first, mapping)
  await stream.split(shardId)
  await project.put(first, keyed('a', 2))
  await first.stop()
  const engine = await project.create()
  t.teardown(() => engine.stop())
  const plan = await engine.checkpoints.reset(mapping, 'trim-horizon', shardId)
  t.match(plan.shards[0]?.warnings, [/its children were read already/])
  const latest = await engine.checkpoints.reset(mapping, 'latest')
  t.notOk(
    latest.shards.some((shard) => shard.shardId === shardId),
    'its end is its end',
  )
})
