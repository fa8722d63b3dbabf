import t from 'tap'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject, throwsOn } from '../support/orders-project.ts'
import { behind, type Status, statusOf } from '../support/status-process.ts'

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
  const all = statusOf(cwd)
  const [mapping] = all.mappings
  t.equal(behind(all), 0)
  t.same(statusOf(cwd, mapping!.uuid).mappings, [mapping])
  t.match(millrace(['status', 'x'], cwd), {
    status: 1,
    stdout: '',
    stderr: new RegExp(`no mapping x; there are: ${mapping!.uuid}`),
  })
  t.match(millrace(['status', 'x', 'y'], cwd), { status: 2, stdout: '' })
  t.end()
})
