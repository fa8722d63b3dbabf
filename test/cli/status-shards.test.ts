import t from 'tap'
import { millrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'
import { behind, statusOf } from '../support/status-process.ts'

t.test('shards that were split: what is finished is a number', (t) => {
  const cwd = ordersProject(t)
  millrace(['run'], cwd)
  const [shard] = statusOf(cwd).mappings[0]!.shards
  millrace(['stream', 'split', 'orders', shard!.shardId], cwd)
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  const before = statusOf(cwd)
  t.equal(before.mappings[0]!.shards.length, 4, 'the children are known before they are read')
  t.equal(behind(before), 20)
  millrace(['run'], cwd)
  t.match(millrace(['status'], cwd).stdout, /^ +1 shard finished$/m)
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
