import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { millraceHere } from '../support/millrace-here.ts'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'

type Shard = { readonly shardId: string; readonly state: { readonly mark: string | null } }
type Positions = {
  readonly mappings: readonly { readonly uuid: string; readonly shards: readonly Shard[] }[]
}

const positions = async (cwd: string) =>
  JSON.parse((await millraceHere(['checkpoint', 'export'], cwd)).stdout) as Positions

async function settled(t: Test): Promise<{ cwd: string; uuid: string; shard: Shard }> {
  const cwd = ordersProject(t)
  await millraceHere(['put', 'orders'], cwd, { input: orderLines(20) })
  await millraceHere(['run'], cwd)
  const [mapping] = (await positions(cwd)).mappings
  return { cwd, uuid: mapping!.uuid, shard: mapping!.shards[0]! }
}

const ledger = async (cwd: string) =>
  JSON.parse((await millraceHere(['run', '--json'], cwd)).stdout)
const before = (mark: string | null, count: bigint) => String(BigInt(mark!) - count)

t.test('set: a preview first, a change with --yes, and the run that follows', async (t) => {
  const { cwd, uuid, shard } = await settled(t)
  const words = ['checkpoint', 'set', uuid, shard.shardId, before(shard.state.mark, 3n)]
  const asked = millrace(words, cwd)
  t.match(asked, { status: 2, stdout: '', stderr: /3 settled records will be delivered again\n/ })
  t.match(asked.stderr, /nothing was changed: add --yes/)
  t.same((await positions(cwd)).mappings[0]?.shards[0], shard)
  const made = millrace([...words, '--yes', '--json'], cwd)
  t.match(JSON.parse(made.stdout), { changed: true, shards: [{ again: 3, skipped: 0 }] })
  t.match(await ledger(cwd), { polled: 23, delivered: 23 })
  t.same((await positions(cwd)).mappings[0]?.shards[0]?.state.mark, shard.state.mark)
})

t.test('set forward says how many records will never be delivered', async (t) => {
  const { cwd, uuid, shard } = await settled(t)
  await millraceHere(['put', 'orders'], cwd, { input: orderLines(20) })
  const ahead = String(BigInt(shard.state.mark!) + 2n)
  const { stderr, stdout } = await millraceHere(
    ['checkpoint', 'set', uuid, shard.shardId, ahead, '--yes'],
    cwd,
  )
  t.match(stderr, /0 settled records will be delivered again\n {2}2 records will NEVER be deliv/)
  t.equal(stdout, '1 position changed\n')
  t.match(await ledger(cwd), { polled: 38, delivered: 38, dropped: 0, inFlight: 0 })
})

t.test('reset, export and import', async (t) => {
  const { cwd, uuid } = await settled(t)
  t.match(await millraceHere(['checkpoint', 'export', '--output', 'positions.json'], cwd), {
    status: 0,
    stdout: '',
  })
  const reset = await millraceHere(
    ['checkpoint', 'reset', uuid, '--to', 'trim-horizon', '--yes'],
    cwd,
  )
  t.match(reset, { status: 0, stdout: '2 positions changed\n' })
  t.match(reset.stderr, /together: 20 records again, 0 records never/)
  const back = await millraceHere(['checkpoint', 'import', 'positions.json', '--yes'], cwd)
  t.match(back.stderr, /together: 0 records again, 20 records never/)
  t.same(await positions(cwd), JSON.parse(readFileSync(join(cwd, 'positions.json'), 'utf8')))
  const latest = ['checkpoint', 'reset', uuid, '--to', 'latest', '--yes']
  t.match(await millraceHere(latest, cwd), { status: 0, stdout: '2 positions changed\n' })
  t.match(await ledger(cwd), { polled: 20, delivered: 20 })
})

t.test('what cannot be is refused with its reason', async (t) => {
  const { cwd, uuid, shard } = await settled(t)
  writeFileSync(
    join(cwd, 'other.json'),
    '{"format":"millrace-positions","version":2,"mappings":[]}',
  )
  const { shardId } = shard
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['set', 'x', shardId, '1'], 1, /no mapping x; there are: /],
    [['set', uuid, 'x', '1'], 1, /no shard x in the stream arn:/],
    [['set', uuid, shardId, '1e9'], 1, /cannot change positions of .*1e9 is no sequence number/],
    [['set', uuid, shardId], 2, /missing required argument 'sequence'/],
    [['reset', uuid], 2, /--to <position>' not specified/],
    [['reset', uuid, '--to', 'end'], 2, /Allowed choices are trim-horizon, latest/],
    [['import', 'gone.json'], 1, /cannot read gone\.json: there is no such file/],
    [['import', 'other.json'], 1, /positions of the file: version must be 1/],
    [['export', '--mapping', 'x'], 1, /no mapping x; there are: [0-9a-f-]{36}/],
    [['reset', uuid, '--to', 'latest', '--data', 'gone'], 1, /there is no data of Millrace in/],
  ]
  for (const [words, status, message] of cases) {
    const ended = await millraceHere(['checkpoint', ...words], cwd)
    t.equal(ended.status, status, words.join(' '))
    t.match(ended.stderr, message)
  }
})

t.test('while another process owns the data it is looked at, and not changed', async (t) => {
  const { cwd, uuid } = await settled(t)
  writeFileSync(
    join(cwd, 'code', 'on-order.mjs'),
    `export async function handler() { console.error('begun'); await new Promise((r) => setTimeout(r, 60_000)) }`,
  )
  await millraceHere(['put', 'orders'], cwd, { input: orderLines(1) })
  const running = new RunningMillrace(['run', '--shutdown-timeout', '1ms'], cwd)
  await running.says('begun')
  t.equal((await millraceHere(['checkpoint', 'export'], cwd)).status, 0)
  const reset = await millraceHere(['checkpoint', 'reset', uuid, '--to', 'latest', '--yes'], cwd)
  t.match(reset, { status: 1, stderr: /is in use by process \d+/ })
  running.signal('SIGINT')
  t.equal((await running.ended()).status, 130)
})
