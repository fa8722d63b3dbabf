import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Report } from '../../bench/suite/report.ts'
import { millrace } from '../support/millrace-process.ts'
import { orderLine, orderLines, ordersProject } from '../support/orders-project.ts'

const BENCH = ['bench', 'handler', '--config', 'millrace.json', '--duration', '1s'] as const

/** Fails with some batches, for others names an item, and is fine with the rest. */
const FLAKY = `let calls = 0
export const handler = async ({ Records }) => {
  if (process.env._HANDLER !== 'on-order.handler') throw new Error(process.env._HANDLER)
  calls++
  if (calls % 7 === 0) throw new Error('now and then')
  const itemIdentifier = Records.at(-1).dynamodb.SequenceNumber
  return { batchItemFailures: calls % 5 === 0 ? [{ itemIdentifier }] : [] }
}`
const MAPPING = {
  BatchSize: 20,
  MaximumRetryAttempts: 1,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  DestinationConfig: { OnFailure: { Destination: 'file:./failed.ndjson' } },
}
const QUICK = { RetryBackoff: { Base: '1ms', Maximum: '1ms' } }

function figuresOf(stdout: string) {
  const { benchmarks }: Report = JSON.parse(stdout)
  const [{ name, figures, audit, plots }] = benchmarks as [Report['benchmarks'][number]]
  const value = (id: string) => figures[id]?.value
  return { name, value, figures, audit, plots }
}

t.test('at an even rate: its times, its errors; nothing of the user is touched', (t) => {
  const folder = ordersProject(t, { handler: FLAKY, mapping: MAPPING, engine: QUICK })
  const { status, stdout, stderr } = millrace([...BENCH, '--rate', '2000', '--json'], folder)
  t.equal(status, 0, stderr)
  const { name, value, audit, plots } = figuresOf(stdout)
  t.equal(name, 'handler')
  t.ok(value('errors')! > 0)
  t.ok(value('recordsPerSecond')! > 0)
  for (const id of ['putToHandlerP50', 'putToHandlerP999', 'durationP99', 'processorPerRecord'])
    t.ok(value(id)! > 0, id)
  t.match(audit, { lost: 0, duplicated: 0, reordered: 0, unexpected: 0, runs: 1 })
  t.ok(audit.repeated > 0)
  t.equal(plots[0]?.series.length, 2)
  t.match(stderr, /nothing is sent to file:.*failed\.ndjson/)
  for (const file of ['.millrace', 'failed.ndjson']) t.notOk(existsSync(join(folder, file)), file)
  t.end()
})

t.test('as fast as it goes, with records of a file', (t) => {
  const handler = `export const handler = async ({ Records }) => {
    for (const { dynamodb } of Records) if (!dynamodb.Keys.id.S.startsWith('o-')) throw new Error('not mine')
  }`
  const folder = ordersProject(t, { handler })
  writeFileSync(join(folder, 'orders.ndjson'), orderLines(50))
  const words = [...BENCH, '--records', 'orders.ndjson', '--mapping', 'on-order', '--json']
  const { status, stdout, stderr } = millrace(words, folder)
  t.equal(status, 0, stderr)
  const { value, figures } = figuresOf(stdout)
  t.equal(value('errors'), 0)
  t.equal(value('unfinished'), 0)
  t.ok(value('recordsPerSecond')! > 0)
  t.match(figures['putToHandlerP50'], { value: null, reason: /give --rate/ })
  t.end()
})

t.test('a filter that nothing passes: no call, and the reason', (t) => {
  const Filters = [{ Pattern: '{"eventName":["NEVER"]}' }]
  const folder = ordersProject(t, { mapping: { FilterCriteria: { Filters } } })
  const { status, stdout } = millrace([...BENCH, '--rate', '500', '--json'], folder)
  t.equal(status, 0)
  const { value, figures } = figuresOf(stdout)
  t.equal(value('invocations'), 0)
  t.match(figures['durationP50'], { value: null, reason: /filter/ })
  t.end()
})

t.test(
  'what a trial lacks, or cannot use, is told: 2, or 3 where the configuration is wrong',
  (t) => {
    const folder = ordersProject(t, { functionMembers: { Handler: 'on-order.nothing' } })
    writeFileSync(join(folder, 'bad.ndjson'), `${orderLine('o-1')}{`)
    for (const [words, status, message] of [
      [['handler'], 2, /required option '--config <file>' not specified/],
      [['handler', '--config', 'no.json'], 3, /there is no such file/],
      [BENCH.slice(1), 3, /Runtime.HandlerNotFound: .*\(on-order.nothing in .*code\)/],
      [[...BENCH.slice(1), '--mapping', 'x'], 2, /no mapping is called x; .*: on-order/],
      [[...BENCH.slice(1), '--records', 'bad.ndjson'], 2, /bad.ndjson: line 2: it is no JSON/],
      [[...BENCH.slice(1), '--records', 'no.ndjson'], 1, /there is no such file/],
      [[...BENCH.slice(1), '--rate', '900000', '--duration', '1h'], 2, /4,000,000 records/],
      [['latency', '--rate', '5'], 2, /unknown option --rate of millrace bench/],
      [['ceiling', '--config', 'a'], 2, /unknown option --config of millrace bench/],
      [['ceiling', '--records', 'a.ndjson'], 2, /--records .* an integer from 10000/],
    ] as const) {
      const ended = millrace(['bench', ...words], folder)
      t.match(ended, { status, stdout: '', stderr: message }, words.join(' '))
    }
    t.end()
  },
)

t.test('a record that the stream does not take is named by its line: 2', (t) => {
  const folder = ordersProject(t)
  const other = orderLine('o-1').replaceAll('"id"', '"name"')
  writeFileSync(join(folder, 'other.ndjson'), `${orderLine('o-1')}${other}`)
  t.match(millrace([...BENCH, '--records', 'other.ndjson'], folder), {
    ...{ status: 2, stdout: '' },
    stderr: /line 2: dynamodb.Keys.id must be/,
  })
  t.end()
})
