import { createWriteStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millrace } from '../support/millrace-process.ts'
import { orderLine, orderLines, ordersProject } from '../support/orders-project.ts'

t.test('lines of a file and of standard input; the stream is created as declared', (t) => {
  const cwd = ordersProject(t)
  writeFileSync(join(cwd, 'orders.ndjson'), orderLines(1201))
  t.strictSame(millrace(['put', 'orders', 'orders.ndjson'], cwd), {
    status: 0,
    stdout: '1,201 records stored in orders\n',
    stderr: '',
  })
  const input = `\n${orderLine('a')}\r\n  \n${orderLine('b').trim()}`
  const { status, stdout } = millrace(['put', 'orders', '-', '--json'], cwd, { input })
  t.equal(status, 0)
  const result = JSON.parse(stdout) as { sequenceNumbers: Record<string, string> }
  t.match(result, { stream: 'orders', accepted: 2, streamArn: /:table\/orders\/stream\// })
  t.ok(Object.keys(result.sequenceNumbers).length > 0)
  t.match(millrace(['put', 'orders'], cwd, { input: orderLine('c') }).stdout, '1 record stored')
  t.match(millrace(['run', '--json'], cwd), { status: 0, stdout: /"delivered":1204,/ })
  t.end()
})

t.test('a bad line: its number, why, and what was stored before it', (t) => {
  const cases: [string, string, RegExp][] = [
    ['no JSON', '{"dynamodb":\n', /line 1003: it is no JSON: /],
    ['no record', '{"x":1}\n', /line 1003: unknown member x;/],
    ['no key', '{"dynamodb":{"Keys":{},"NewImage":{}}}\n', /line 1003: dynamodb\.Keys\./],
  ]
  for (const [title, bad, message] of cases) {
    const cwd = ordersProject(t)
    const input = `${orderLines(1002)}${bad}${orderLines(3000)}`
    const { status, stdout, stderr } = millrace(['put', 'orders'], cwd, { input })
    t.strictSame([status, stdout], [1, ''], title)
    t.match(stderr, message)
    t.match(stderr, 'stored before it: 1,000 records, and nothing from line 1001 on')
    t.match(stderr, '[MILLRACE_LINE_REFUSED]')
    t.match(millrace(['run', '--json'], cwd).stdout, '"delivered":1000,', 'nothing behind it')
  }
  const first = millrace(['put', 'orders'], ordersProject(t), { input: 'x\n' })
  t.match(first.stderr, 'stored before it: 0 records, and nothing from the first line on')
  t.end()
})

t.test('a line that is no UTF-8', (t) => {
  const cwd = ordersProject(t)
  const file = join(cwd, 'latin1.ndjson')
  writeFileSync(file, Buffer.concat([Buffer.from(orderLine('a')), Buffer.from([0xff, 0x0a])]))
  const { status, stderr } = millrace(['put', 'orders', file], cwd)
  t.equal(status, 1)
  t.match(stderr, 'line 2: it is not UTF-8')
  t.end()
})

t.test('a line without end is refused when it passes the limit, not kept', async (t) => {
  const cwd = ordersProject(t)
  const file = join(cwd, 'endless.ndjson')
  const output = createWriteStream(file)
  for (let i = 0; i < 17; i++) output.write('x'.repeat(1024 * 1024))
  await new Promise<void>((resolve) => output.end(resolve))
  const { status, stderr } = millrace(['put', 'orders', file], cwd)
  t.equal(status, 1)
  t.match(stderr, 'line 1: it is longer than 16777216 bytes')
})

t.test('what cannot be put to: one message, nothing stored', (t) => {
  const cwd = ordersProject(t)
  const cases: [string[], number, RegExp][] = [
    [['put', 'order'], 1, /no embedded stream order; there are: none/],
    [
      ['put', 'orders', 'gone.ndjson'],
      1,
      /cannot read gone\.ndjson: there is no such file\n.*\[MILLRACE_INPUT_UNREAD/s,
    ],
    [['put', 'orders', 'code'], 1, /cannot read code: it is a directory/],
    [['put', 'orders', '--endpoint-url', 'http://127.0.0.1:1'], 4, /cannot reach http:.*:1: /],
    [['put', 'orders', '--endpoint-url', 'orders'], 2, /must be a URL such as/],
    [['put', 'orders', '--endpoint-url', 'http://a', '--data', 'b'], 2, /not both/],
    [['put'], 2, /missing required argument 'stream'/],
    [['put', 'orders', 'a', 'b'], 2, /too many arguments/],
    [['put', 'orders', '--config', 'gone.yaml'], 3, /cannot read the configuration gone\.yaml/],
  ]
  for (const [words, status, message] of cases) {
    const ended = millrace(words, cwd)
    t.strictSame([ended.status, ended.stdout], [status, ''], words.join(' '))
    t.match(ended.stderr, message)
    t.equal(ended.stderr.split('error:').length, 2, 'one message')
  }
  t.end()
})

t.test('without a configuration the stream must be there', (t) => {
  const cwd = ordersProject(t)
  const elsewhere = join(cwd, 'code')
  const data = join(cwd, '.millrace')
  t.match(millrace(['put', 'orders', '--data', data], elsewhere), { status: 1 })
  millrace(['put', 'orders'], cwd, { input: orderLine('a') })
  const again = millrace(['put', 'orders', '--data', data], elsewhere, { input: orderLine('b') })
  t.equal(again.status, 0, again.stderr)
  t.match(millrace(['run', '--json'], cwd).stdout, '"delivered":2,')
  t.end()
})
