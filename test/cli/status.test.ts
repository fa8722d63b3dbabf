import t from 'tap'
import type { MappingExplanation } from '../../lib/index.ts'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject, throwsOn } from '../support/orders-project.ts'

type Status = {
  readonly directory: string
  readonly owner: { readonly state: string; readonly pid?: number }
  readonly outbox: number
  readonly mappings: readonly MappingExplanation[]
}

const statusOf = (cwd: string, ...words: readonly string[]): Status =>
  JSON.parse(millrace(['status', '--json', ...words], cwd).stdout) as Status
const behind = ({ mappings }: Status): number =>
  mappings[0]!.shards.reduce((sum, { recordsBehind = 0 }) => sum + recordsBehind, 0)
const lanes = ({ mappings }: Status) => mappings[0]!.shards.flatMap((shard) => shard.lanes)

t.test(
  'before, during and after a run: whose the data is, and how far the shards are',
  async (t) => {
    const cwd = ordersProject(t, { handler: throwsOn('o-3') })
    t.match(millrace(['status'], cwd), { status: 1, stderr: /there is no data of Millrace in / })
    millrace(['put', 'orders'], cwd, { input: orderLines(50) })
    const before = statusOf(cwd)
    t.match(before, { owner: { state: 'none' }, mappings: [{ state: 'Enabled', shards: [] }] })
    t.match(
      millrace(['status'], cwd).stdout,
      /^orders -> on-order +Enabled\n.*\n.*\n +no shard has/m,
    )

    const run = new RunningMillrace(['run', '--stall-timeout', '0'], cwd)
    t.teardown(() => run.signal('SIGKILL'))
    await run.says(/(failed attempt.*\n){3}/)
    const during = statusOf(cwd)
    t.match(during, { owner: { state: 'running', pid: run.pid } })
    t.match(during.mappings, [
      {
        asOf: 'last-checkpoint',
        functionName: 'on-order',
        state: 'Enabled',
        shards: { length: 2 },
      },
    ])
    t.notOk('inFlight' in during.mappings[0]!.ledger, 'only the process knows')
    t.match(lanes(during), [{ condition: 'saved', words: /^\d+ attempts? begun/ }])
    const { stdout } = millrace(['status'], cwd)
    t.match(stdout, `: process ${run.pid} runs on it; this is its last checkpoint`)
    t.match(stdout, /^ +shard +settled to +behind +state\n/m)
    t.match(stdout, /^ +lane 0: \d+ attempts? begun/m)

    run.signal('SIGKILL')
    await run.ended()
    const killed = statusOf(cwd)
    t.match(killed.owner, { state: 'gone' })
    t.match(lanes(killed), [{ condition: 'parked', words: /^parked after \d+ attempts?/ }])
    t.ok(behind(killed) > 0)
    t.match(millrace(['status'], cwd).stdout, ': no process runs on it; the last one ended without')

    t.equal(millrace(['run', '--stall-timeout', '1s'], cwd).status, 1)
    const stopped = statusOf(cwd)
    t.match(stopped.owner, { state: 'none' })
    t.match(lanes(stopped), [{ condition: 'parked' }])
    const { delivered } = stopped.mappings[0]!.ledger
    t.ok(behind(stopped) >= 50 - delivered)
  },
)

t.test('one mapping, and one that is not there', (t) => {
  const cwd = ordersProject(t)
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  millrace(['run'], cwd)
  const [mapping] = statusOf(cwd).mappings
  t.equal(behind(statusOf(cwd)), 0)
  t.same(statusOf(cwd, mapping!.uuid).mappings, [mapping])
  t.match(millrace(['status', 'x'], cwd), {
    status: 1,
    stdout: '',
    stderr: new RegExp(`no mapping x; there are: ${mapping!.uuid}`),
  })
  t.match(millrace(['status', 'x', 'y'], cwd), { status: 2, stdout: '' })
  t.end()
})

t.test('shards that were split: what is finished is a number', (t) => {
  const cwd = ordersProject(t)
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  millrace(['run'], cwd)
  const [shard] = statusOf(cwd).mappings[0]!.shards
  millrace(['stream', 'split', 'orders', shard!.shardId], cwd)
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  t.equal(
    statusOf(cwd).mappings[0]!.shards.length,
    4,
    'the children are known before they are read',
  )
  t.equal(behind(statusOf(cwd)), 20)
  millrace(['run'], cwd)
  t.match(millrace(['status'], cwd).stdout, /^ +1 shard finished$/m)
  t.equal(behind(statusOf(cwd)), 0)
  t.end()
})

t.test('contract §2: tumbling windows that a run leaves open are listed, and kept', (t) => {
  const handler = 'export const handler = async () => ({ state: { n: 1 } })'
  const cwd = ordersProject(t, { handler, mapping: { TumblingWindowInSeconds: 900 } })
  // Of the year 2100: it does not end while this runs.
  const dynamodb = {
    Keys: { id: { S: 'a' } },
    NewImage: {},
    ApproximateCreationDateTime: 4102444800,
  }
  millrace(['put', 'orders'], cwd, { input: JSON.stringify({ dynamodb }) })
  const { status, stdout, stderr } = millrace(['run', '--json'], cwd)
  t.equal(status, 0)
  t.match(JSON.parse(stdout), { polled: 1, delivered: 1, inFlight: 0 })
  t.same(Object.keys(JSON.parse(stdout) as object).length, 9, 'contract §7: the ledger as it was')
  t.match(
    stderr,
    /^still open, and kept for the next run:\n {2}on-order, shardId-\S+: tumbling window \S+Z to \S+Z, state 7 bytes\n$/,
  )
  const shown = millrace(['status'], cwd).stdout
  t.match(shown, /^ +tumbling window \S+Z to \S+Z, state 7 bytes$/m)
  t.notMatch(shown, '\u001b')
  t.match(
    millrace(['status'], cwd, { environment: { FORCE_COLOR: '1' } }).stdout,
    '\u001b[1morders',
  )
  t.end()
})
