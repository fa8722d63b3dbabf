import t from 'tap'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'

type Listed = {
  readonly status: string
  readonly shards: readonly {
    readonly shardId: string
    readonly status: string
    readonly recordCount: number
    readonly parentShardId?: string
  }[]
}

const listed = (cwd: string, stream = 'orders'): Listed =>
  JSON.parse(millrace(['stream', 'list', stream, '--json'], cwd).stdout) as Listed

t.test('create, list, split and close, with records put between', (t) => {
  const cwd = t.testdir({})
  const create = ['stream', 'create', 'orders', '--shards', '2', '--hash-key', 'id']
  t.match(millrace(create, cwd), { status: 0, stdout: /^orders created: 2 shards, arn:aws:dyn/ })
  t.match(millrace(create, cwd), { status: 0, stdout: /^orders is there already: 2 shards, arn/ })
  t.match(millrace(['stream', 'list'], cwd), {
    status: 0,
    stdout: /^stream +status +shards +records +ARN\norders +ENABLED +2 shards +0 +arn:.*\n$/,
  })
  millrace(['put', 'orders'], cwd, { input: orderLines(50) })
  const [parent] = listed(cwd).shards
  const split = millrace(['stream', 'split', 'orders', parent!.shardId, '--json'], cwd)
  const { closed, children } = JSON.parse(split.stdout) as { closed: string[]; children: string[] }
  t.same([split.status, closed, children.length], [0, [parent!.shardId], 2])
  const closing = millrace(['stream', 'close', 'orders', children[0]!], cwd)
  t.match(closing, {
    status: 0,
    stdout: new RegExp(`^${children[0]} closed; its keys go to\nshardId-`),
  })
  millrace(['put', 'orders'], cwd, { input: orderLines(50) })
  const { shards } = listed(cwd)
  t.same(
    shards.map(({ status }) => status),
    ['CLOSED', 'OPEN', 'CLOSED', 'OPEN', 'OPEN'],
  )
  t.same(
    shards.map(({ parentShardId }) => parentShardId),
    [undefined, undefined, parent!.shardId, parent!.shardId, children[0]],
  )
  t.equal(
    shards.reduce((sum, { recordCount }) => sum + recordCount, 0),
    100,
  )
  t.match(millrace(['stream', 'list', 'orders'], cwd).stdout, /^shards +3 open, 2 closed$/m)
  t.end()
})

t.test('a closed stream: no more puts, and a run reads what is in it', (t) => {
  const cwd = ordersProject(t)
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  const closing = millrace(['stream', 'close', 'orders'], cwd)
  t.strictSame(closing, {
    status: 0,
    stdout: 'orders closed, with 2 open shards; it takes no more records\n',
    stderr: '',
  })
  t.match(millrace(['stream', 'close', 'orders'], cwd).stdout, 'orders was closed already')
  t.equal(listed(cwd).status, 'DISABLED')
  const put = millrace(['put', 'orders'], cwd, { input: orderLines(1) })
  t.match(put, {
    status: 1,
    stdout: '',
    stderr: /the stream orders is closed.*MILLRACE_STREAM_CLO/s,
  })
  t.match(millrace(['run', '--json'], cwd), { status: 0, stdout: '"delivered":20' })
  t.end()
})

t.test('while an engine runs: list answers, the others are refused', async (t) => {
  const hangs = 'export const handler = () => new Promise(() => {})'
  const cwd = ordersProject(t, { handler: hangs, functionMembers: { Timeout: 60 } })
  millrace(['put', 'orders'], cwd, { input: orderLines(1) })
  const running = new RunningMillrace(['run', '--shutdown-timeout', '1s'], cwd)
  let answer = millrace(['stream', 'close', 'orders', 'nope'], cwd)
  while (!answer.stderr.includes('MILLRACE_DATA_IN_USE'))
    answer = millrace(['stream', 'close', 'orders', 'nope'], cwd)
  t.equal(answer.status, 1)
  t.equal(listed(cwd).shards.length, 2)
  running.signal('SIGTERM')
  await running.ended()
})

t.test('what cannot be done: one message', (t) => {
  const cwd = ordersProject(t)
  millrace(['put', 'orders'], cwd)
  const cases: [string[], number, RegExp][] = [
    [['list', 'order'], 1, /no embedded stream order; there are: orders/],
    [['list', '--data', 'gone'], 1, /there is no data of Millrace in .*gone/],
    [['split', 'orders', 'nope'], 1, /no shard nope in the stream orders\n/],
    [['close', 'orders', 'nope'], 1, /no shard nope in the stream orders\n/],
    [['split', 'orders'], 2, /missing required argument 'shard'/],
    [['close', 'other'], 1, /no embedded stream other; there are: orders/],
    [['create', 'a..b'], 3, /the name of a stream must be /],
    [['create', 'orders', '--shards', '3'], 2, /the configuration declares orders: change/],
    [['create', 'other', '--shards', '0'], 2, /It must be an integer from 1 to 1000/],
    [['create', 'other', '--range-key', 'r'], 2, /--range-key needs --hash-key/],
    [['create', 'other', '--view-type', 'ALL'], 2, /Allowed choices are KEYS_ONLY, NEW_IMAGE/],
    [[], 2, /millrace stream needs a command: list, create, split, close/],
  ]
  for (const [words, status, message] of cases) {
    const ended = millrace(['stream', ...words], cwd)
    t.strictSame([ended.status, ended.stdout], [status, ''], words.join(' '))
    t.match(ended.stderr, message)
  }
  t.match(millrace(['stream', 'create', 'orders'], cwd).stdout, 'orders is there already: 2 shards')
  t.end()
})
