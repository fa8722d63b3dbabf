import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millrace } from '../support/millrace-process.ts'
import { orderLine, orderLines, ordersProject, throwsOn } from '../support/orders-project.ts'

const POISON = { MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true }
const NOTHING =
  '{"polled":0,"delivered":0,"filtered":0,"sent":0,"dropped":0,"inFlight":0,"retries":0,"splits":0,"invocations":0}\n'

t.test('an empty stream: the ledger of contract §7, 0', (t) => {
  const cwd = ordersProject(t)
  t.strictSame(millrace(['run', '--json'], cwd), { status: 0, stdout: NOTHING, stderr: '' })
  const { stdout } = millrace(['run'], cwd)
  t.match(stdout, /^mapping +polled +delivered +filtered +sent +dropped +in flight +retries/)
  t.match(stdout, /\norders -> on-order +0 +0/)
  t.end()
})

t.test(
  'discarded records: 0, in the ledger, named on stderr; nothing twice at the next run',
  (t) => {
    const cwd = ordersProject(t, { handler: throwsOn('o-3', 'o-17'), mapping: POISON })
    millrace(['put', 'orders'], cwd, { input: orderLines(1000) })
    const first = millrace(['run', '--json'], cwd)
    t.equal(first.status, 0, first.stderr)
    const ledger = JSON.parse(first.stdout) as object
    t.match(ledger, { polled: 1000, delivered: 998, dropped: 2, inFlight: 0 })
    t.match(first.stderr, /^failed attempt: on-order, shardId-\S+: Error: poison o-(3|17)$/m)
    t.match(first.stderr, '2 records given up so far: millrace failed list --data ')
    t.strictSame(JSON.parse(millrace(['run', '--json'], cwd).stdout), ledger)
    t.match(millrace(['run'], cwd).stdout, /orders -> on-order +1,000 +998 +0 +0 +2 +0/)
    t.end()
  },
)

t.test('what handlers print goes to stderr, with the request id', (t) => {
  const handler = `export async function handler() { console.log('printed'); process.stdout.write('raw\\n') }`
  const cwd = ordersProject(t, { handler })
  millrace(['put', 'orders'], cwd, { input: orderLine('a') })
  const { stdout, stderr } = millrace(['run', '--json'], cwd)
  t.match(JSON.parse(stdout), { delivered: 1 })
  t.match(stderr, /^[0-9a-f-]{36} .*printed$/m)
  t.match(stderr, /^[0-9a-f-]{36} raw$/m)
  t.end()
})

t.test(
  'failed attempts: the first 20 are lines, the others a number; no line can be forged',
  (t) => {
    const handler = `export async function handler() { throw new Error('one\\n\\u001b[2Jtwo') }`
    const mapping = { BatchSize: 1, MaximumRetryAttempts: 0 }
    const cwd = ordersProject(t, { handler, mapping })
    millrace(['put', 'orders'], cwd, { input: orderLines(31) })
    const { status, stderr } = millrace(['run'], cwd)
    t.equal(status, 0)
    t.equal(stderr.match(/^failed attempt: .*Error: one\\n\\u001b\[2Jtwo$/gm)?.length, 20)
    t.match(stderr, 'and 11 more failed attempts\n')
    t.notMatch(stderr, '\u001b')
    t.end()
  },
)

t.test('D24: nothing settles and all wait for a retry: 1, lanes and causes named', (t) => {
  const cwd = ordersProject(t, { handler: throwsOn('o-0') })
  millrace(['put', 'orders'], cwd, { input: orderLine('o-0') })
  const { status, stdout, stderr } = millrace(['run', '--json', '--stall-timeout', '1s'], cwd)
  t.equal(status, 1)
  t.match(JSON.parse(stdout), { polled: 1, delivered: 0, inFlight: 1 })
  t.match(stderr, 'error: nothing settled for 1 s; ')
  t.match(
    stderr,
    /on-order, shardId-\S+, lane 0: 1 record waits behind a batch that failed \d+ times?, next at \S+Z: Error: poison o-0$/m,
  )
  t.match(stderr, '[MILLRACE_STALLED]')
  const shown = millrace(['checkpoint', 'show'], cwd).stdout
  t.match(shown, /lane 0 holds \d+ to \d+, \d+ attempts? begun/, 'its attempts are durable')
  t.end()
})

t.test('D24: the outbox cannot deliver: 1, the destination named', (t) => {
  const destination = { OnFailure: { Destination: 'file:./occupied/failed.ndjson' } }
  const mapping = { MaximumRetryAttempts: 0, DestinationConfig: destination }
  const cwd = ordersProject(t, { handler: throwsOn('o-0'), mapping })
  writeFileSync(join(cwd, 'occupied'), 'a file where a folder is needed')
  millrace(['put', 'orders'], cwd, { input: orderLine('o-0') })
  const { status, stdout, stderr } = millrace(['run', '--json', '--stall-timeout', '1s'], cwd)
  t.equal(status, 1)
  t.match(JSON.parse(stdout), { polled: 1, sent: 1, inFlight: 0 })
  t.match(stderr, /file:\S+failed\.ndjson takes no reports: /)
  t.match(stderr, '[MILLRACE_STALLED]')
  t.match(millrace(['checkpoint', 'show', '--json'], cwd).stdout, '"outbox":1,')
  t.end()
})

t.test('a handler that cannot be loaded (D34): 3, nothing is read', (t) => {
  const cwd = ordersProject(t, { handler: 'export const handler = 1' })
  millrace(['put', 'orders'], cwd, { input: orderLine('a') })
  const { status, stdout, stderr } = millrace(['run', '--json'], cwd)
  t.strictSame([status, stdout], [3, ''])
  t.match(stderr, /^error: function on-order: Runtime\..*\[MILLRACE_HANDLER_UNLOADABLE\]\n$/s)
  t.equal(millrace(['checkpoint', 'show'], cwd).stdout, 'no mapping has run on this data\n')
  t.end()
})

t.test('what a handler says while it loads can neither forge a line nor move the cursor', (t) => {
  const cwd = ordersProject(t, { handler: "throw new Error('one\\nerror: two\\u001b[2J')" })
  const { status, stderr } = millrace(['run'], cwd)
  t.equal(status, 3)
  t.match(stderr, /^error: function on-order: Error: one\n {2}error: two\\u001b\[2J \(on-order/)
  t.end()
})

t.test('a source that cannot be reached: 4', (t) => {
  const cwd = ordersProject(t, { mapping: { Stream: undefined, Table: 'orders' } })
  const environment = {
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
  }
  const { status, stdout, stderr } = millrace(['run', '--json'], cwd, { environment })
  t.strictSame([status, stdout], [4, ''])
  t.match(stderr, /cannot reach http:\/\/127\.0\.0\.1:1: .*\[MILLRACE_SOURCE_UNREACHABLE\]/s)
  t.end()
})

t.test('no mapping: said so, 0', (t) => {
  const cwd = ordersProject(t, { mapping: { Enabled: false } })
  const { status, stdout, stderr } = millrace(['run', '--json'], cwd)
  t.strictSame([status, stdout], [0, NOTHING])
  t.match(stderr, 'no mapping is enabled: nothing was read')
  t.end()
})

t.test('bad words: 2; no configuration: 3', (t) => {
  const cwd = ordersProject(t)
  for (const words of [
    ['run', '--stall-timeout', '60'],
    ['run', '--shutdown-timeout', '-1s'],
    ['run', 'orders'],
  ]) {
    t.match(millrace(words, cwd), { status: 2, stdout: '' }, words.join(' '))
  }
  t.match(millrace(['run'], join(cwd, 'code')), { status: 3, stdout: '' })
  t.end()
})
