import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { millrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'

const RECORD = {
  eventName: 'INSERT',
  dynamodb: { NewImage: { age: { N: '101' }, status: { S: 'OPEN' } } },
}
const test = (t: Test, pattern: unknown, ...more: string[]) => {
  const cwd = t.testdir({ 'record.json': JSON.stringify(RECORD) })
  const given = typeof pattern === 'string' ? pattern : JSON.stringify(pattern)
  return millrace(['filter', 'test', '--pattern', given, '--event', 'record.json', ...more], cwd)
}

t.test('a pattern that matches: exit code 0', (t) => {
  t.match(test(t, { eventName: ['INSERT'] }), { status: 0, stdout: 'matches\n', stderr: '' })
  t.end()
})

t.test('one that does not: exit code 1, and each leaf that did not match', (t) => {
  const { status, stdout } = test(t, {
    eventName: ['REMOVE'],
    dynamodb: { NewImage: { status: { S: ['OPEN'] }, size: { S: ['L'] } } },
  })
  t.equal(status, 1)
  t.equal(
    stdout,
    [
      'does not match',
      '  eventName: wants ["REMOVE"], found "INSERT"',
      '  dynamodb.NewImage.size.S: wants ["L"], found nothing below dynamodb.NewImage',
      '',
    ].join('\n'),
  )
  t.end()
})

t.test('the known trap: numbers under N (aws-semantics §7.4)', (t) => {
  const pattern = { dynamodb: { NewImage: { age: { N: [{ numeric: ['>', 100] }] } } } }
  const { status, stderr } = test(t, pattern)
  t.equal(status, 1)
  t.match(stderr, /^warning: dynamodb\.NewImage\.age\.N: numeric never matches: DynamoDB gives N/)
  t.match(JSON.parse(test(t, pattern, '--json').stdout), {
    matches: false,
    mismatches: [{ type: 'leaf', path: 'dynamodb.NewImage.age.N', found: ['101'] }],
    warnings: [{ path: 'dynamodb.NewImage.age.N' }],
  })
  t.end()
})

t.test('refused patterns and unreadable events say what and where', (t) => {
  t.match(test(t, { a: [{ wildcard: 'x*' }] }), {
    status: 2,
    stderr: /--pattern: Invalid filter pattern definition\. a: unrecognized match type wildcard/,
  })
  t.match(test(t, {}), { status: 2, stderr: /--pattern: Invalid filter pattern definition\./ })
  const cwd = t.testdir({ 'bad.json': '{' })
  const args = ['filter', 'test', '--pattern', '{"a":[1]}', '--event']
  t.match(millrace([...args, 'bad.json'], cwd), { status: 1, stderr: /cannot read bad\.json: / })
  t.match(millrace([...args, 'no.json'], cwd), {
    status: 1,
    stderr: /cannot read no\.json: there is no such file\n/,
  })
  t.end()
})

t.test('FilterCriteria in a configuration: what does not match is not delivered', (t) => {
  const Pattern = '{"dynamodb":{"Keys":{"id":{"S":[{"prefix":"o-1"}]}}}}'
  const cwd = ordersProject(t, {
    handler: 'export const handler = async () => {}\n',
    mapping: { FilterCriteria: { Filters: [{ Pattern }] } },
  })
  millrace(['put', 'orders'], cwd, { input: orderLines(20) })
  const { status, stdout } = millrace(['run', '--json'], cwd)
  t.equal(status, 0)
  t.match(JSON.parse(stdout), { polled: 20, delivered: 11, filtered: 9, inFlight: 0 })
  t.end()
})

t.test('a refused pattern in a configuration: AWS says that it is, we say where and why', (t) => {
  const cwd = ordersProject(t, { mapping: {} })
  writeFileSync(
    join(cwd, 'bad.yaml'),
    [
      'Streams: { orders: { KeySchema: [{ AttributeName: id, KeyType: HASH }] } }',
      'Functions: { f: { Runtime: nodejs20.x, CodeUri: ., Handler: f.handler } }',
      'Mappings:',
      '  - Stream: orders',
      '    FunctionName: f',
      '    StartingPosition: TRIM_HORIZON',
      `    FilterCriteria: { Filters: [{ Pattern: '{"eventName":"INSERT"}' }] }`,
      '',
    ].join('\n'),
  )
  const { status, stderr } = millrace(['config', 'validate', '--config', 'bad.yaml'], cwd)
  t.equal(status, 3)
  t.match(stderr, /bad\.yaml:7:\d+.*Invalid filter pattern definition\. eventName: /)
  t.end()
})
