import t, { type Test } from 'tap'
import { codeFoldersOf } from '../../support/code-folders.ts'
import {
  FunctionEngine,
  inversions,
  type SeenBatch,
  writingCode,
} from '../../support/function-engine.ts'

const all = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

/** Every record once, in order for its key, each batch with one code. */
function isWhole(t: Test, batches: readonly SeenBatch[], count: number): void {
  const numbers = batches.flatMap((batch) => batch.numbers).toSorted((a, b) => a - b)
  t.same(numbers, all(count), 'every record, once')
  t.same(inversions(batches), [], 'in order for each key')
  t.same(
    batches.filter(({ code: [began, ended] }) => began !== ended),
    [],
    'one code a batch',
  )
}

t.test('an alias that moves under load: nothing is lost, repeated, or out of order', async (t) => {
  const rig = await FunctionEngine.open(t)
  const { engine } = rig
  await rig.create('fn', writingCode('one', 1), { Publish: true })
  await engine.functions.updateCode('fn', { ZipFile: writingCode('two', 1), Publish: true })
  await engine.functions.aliases.create('fn', { Name: 'prod', FunctionVersion: '1' })
  const uuid = await rig.map('fn:prod', { ParallelizationFactor: 4, BatchSize: 5 })
  for (let turn = 0; turn < 12; turn++) {
    await rig.put(100)
    const FunctionVersion = turn % 2 === 0 ? '2' : '1'
    await engine.functions.aliases.update('fn', 'prod', { FunctionVersion })
    if (turn % 3 === 0) await rig.put(50)
    // Sometimes what runs is changed, sometimes what is on its way.
    if (turn % 4 > 1) await engine.caughtUp()
  }
  await engine.caughtUp()
  const batches = rig.seen()
  isWhole(t, batches, rig.count)
  for (const { code, version, arn } of batches)
    if (version !== (code[0] === 'one' ? '1' : '2') || !arn.endsWith(':function:fn:prod'))
      t.fail(`version ${version}, code ${code[0]}, ${arn}`)
  t.ok(
    batches.some(({ version }) => version === '1') &&
      batches.some(({ version }) => version === '2'),
  )
  t.equal(engine.mappings.get(uuid).State, 'Enabled')
  await rig.put(1)
  await engine.caughtUp()
  t.equal(rig.seen().at(-1)?.version, '1', 'where it points to in the end')
})

t.test('new code and new settings of $LATEST under load', async (t) => {
  const rig = await FunctionEngine.open(t)
  const { engine } = rig
  await rig.create('fn', writingCode('0'))
  await rig.map('fn', { ParallelizationFactor: 3, BatchSize: 4 })
  for (let n = 1; n <= 6; n++) {
    await rig.put(100)
    await engine.functions.updateCode('fn', { ZipFile: writingCode(String(n)) })
    await rig.put(20)
    await engine.functions.update('fn', { Timeout: 3 + n })
  }
  await engine.caughtUp()
  await rig.put(1)
  await engine.caughtUp()
  const batches = rig.seen()
  isWhole(t, batches, rig.count)
  t.same(batches.at(-1)?.code, ['6', '6'])
})

t.test(
  'mappings of the bare name, $LATEST, a version and an alias stand side by side (§1.2)',
  async (t) => {
    const rig = await FunctionEngine.open(t)
    const { engine } = rig
    await rig.create('fn', writingCode('one'), { Publish: true })
    await engine.functions.updateCode('fn', { ZipFile: writingCode('two') })
    await engine.functions.aliases.create('fn', { Name: 'prod', FunctionVersion: '1' })
    const names = ['fn', 'fn:$LATEST', 'fn:1', 'fn:prod']
    for (const name of names) await rig.map(name)
    for (const name of names) {
      await t.rejects(rig.map(name), { message: /already exists/ }, name)
      const [mapping, ...others] = engine.mappings.list({ FunctionName: name })
      t.same(others, [])
      t.match(mapping?.FunctionArn, new RegExp(`:function:${name.replace('$', '\\$')}$`))
    }
    for (const name of ['fn:2', 'fn:nobody', 'nobody'])
      await t.rejects(rig.map(name), { message: 'Function does not exist' }, name)
    await rig.put(3)
    await engine.caughtUp()
    const told = rig
      .seen()
      .map(({ arn, code, version }) => `${arn.split(':').slice(6).join(':')} ${code[0]} ${version}`)
    t.same([...new Set(told)].toSorted(), [
      'fn two $LATEST',
      'fn:$LATEST two $LATEST',
      'fn:1 one 1',
      'fn:prod one 1',
    ])
  },
)

t.test(
  'deleting a function leaves its mappings; made again, they go on where they were (§1.6)',
  async (t) => {
    const rig = await FunctionEngine.open(t)
    const { engine } = rig
    await rig.create('fn', writingCode('one'))
    const uuid = await rig.map('fn')
    await rig.put(10)
    await engine.caughtUp()
    await engine.functions.delete('fn')
    await rig.says(uuid, /^PROBLEM: no function fn/)
    t.equal(engine.mappings.get(uuid).State, 'Enabled')
    await rig.put(10)
    await rig.create('fn', writingCode('again'))
    await rig.says(uuid, /^OK$/)
    await engine.caughtUp()
    isWhole(t, rig.seen(), 20)
    t.same(rig.seen().at(-1)?.code, ['again', 'again'])
  },
)

t.test(
  'code that cannot be loaded stops the mapping visibly; mended, it goes on (D34)',
  async (t) => {
    const rig = await FunctionEngine.open(t)
    const { engine } = rig
    await rig.create('fn', writingCode('one'))
    const uuid = await rig.map('fn')
    await rig.put(5)
    await engine.caughtUp()
    await engine.functions.update('fn', { Handler: 'other.handler' })
    await rig.says(uuid, /^PROBLEM: function fn: Runtime\.ImportModuleError/)
    await rig.put(5)
    await engine.functions.update('fn', { Handler: 'index.handler' })
    await rig.says(uuid, /^OK$/)
    await engine.caughtUp()
    isWhole(t, rig.seen(), 10)
  },
)

t.test('in a library, functions end with their engine, and so does their code', async (t) => {
  const rig = await FunctionEngine.open(t)
  await rig.create('fn', writingCode('one'))
  t.equal(codeFoldersOf(rig.data).length, 1)
  await rig.engine.stop()
  t.same(codeFoldersOf(rig.data), [])
})
