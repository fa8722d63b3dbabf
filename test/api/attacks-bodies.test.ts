// Bodies that are too large, too deep, or mean more than they say.
import { gzipSync } from 'node:zlib'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { conditionOf, expectUnharmed } from '../support/daemon-condition.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'

const MAPPINGS = '/2015-03-31/event-source-mappings'
const FUNCTIONS = '/2015-03-31/functions'
const MEGABYTE = 1024 * 1024
/** A mapping that would be made, if its function and its stream were there. */
const MAPPING = { EventSourceArn: 'orders', FunctionName: 'fn', StartingPosition: 'LATEST' }
const FUNCTION = JSON.parse(JSON.stringify(functionOf('fn', '', { Code: {} })))

async function attacked(t: Test) {
  const directory = t.testdir()
  const daemon = await RunningDaemon.start(directory)
  t.teardown(() => daemon.kill())
  const ask = (path: string) => daemon.request(path)
  const before = await conditionOf(ask, directory)
  const unharmed = () => expectUnharmed(t, { ask, directory, before })
  return { daemon, unharmed }
}

const mapping = (text: string): string => JSON.stringify(MAPPING).replace('"orders"', text)
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const keys = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',')}}`

t.test('reliability §4 (5): bodies that are too much', async (t) => {
  const { daemon, unharmed } = await attacked(t)
  const BAD = 'InvalidRequestContentException'
  const rows: [string, string, string | Uint8Array, number, string][] = [
    ['over the limit', MAPPINGS, 'x'.repeat(MEGABYTE + 1), 413, 'RequestTooLargeException'],
    ['a bomb', MAPPINGS, gzipSync(Buffer.alloc(64 * MEGABYTE)), 400, BAD],
    ['lists 100,000 deep', MAPPINGS, nested(100_000), 400, BAD],
    ['objects 100,000 deep', MAPPINGS, objects(100_000), 400, BAD],
    ['objects as deep in a member', MAPPINGS, mapping(objects(100_000)), 400, BAD],
    ['a million keys', FUNCTIONS, keys(1_000_000), 400, BAD],
    ['many values', MAPPINGS, `[${'0,'.repeat(200_000)}0]`, 400, BAD],
    ['half a body of JSON', MAPPINGS, '{"FunctionName":"fn"', 400, BAD],
    ['no UTF-8', MAPPINGS, Buffer.from([0x7b, 0xff, 0x7d]), 400, BAD],
    ['UTF-16', MAPPINGS, Buffer.from('{}', 'utf16le'), 400, BAD],
  ]
  for (const [name, path, body, status, exception] of rows) {
    const answer = await daemon.request(path, { method: 'POST', body })
    t.equal(answer.status, status, name)
    t.equal(answer.headers.get('x-amzn-errortype'), exception, name)
  }
  await unharmed()
})

t.test('reliability §4 (5, 6): bodies that mean something else', async (t) => {
  const { daemon, unharmed } = await attacked(t)
  const withSize = (size: string): string =>
    JSON.stringify({ ...MAPPING, BatchSize: 0 }).replace('"BatchSize":0', `"BatchSize":${size}`)
  const rows: [string, string][] = [
    ['infinite', withSize('1e400')],
    ['negative infinite', withSize('-1e400')],
    ['beyond whole numbers', withSize('1e308')],
    ['a number of 10,000 digits', withSize('9'.repeat(10_000))],
    ['a fraction', withSize('1.0000001')],
    ['a number as text', withSize('"100"')],
    ['a name twice', `{"FunctionName":"fn","FunctionName":"../fn"}`],
    ['half a character', mapping('"\\ud800"').replace('"fn"', '"\\udfff"')],
    ['a character of none', mapping('"a\\u0000b"')],
    ['no object: a list', '[]'],
    ['no object: null', 'null'],
    ['no object: a number', '7'],
    ['no object: text', '"FunctionName"'],
    ['a prototype', `{"__proto__":${JSON.stringify(MAPPING)}}`],
    ['a prototype beside', mapping('"orders"').replace('{', '{"__proto__":{"BatchSize":1},')],
    ['a constructor', `{"constructor":{"prototype":${JSON.stringify(MAPPING)}}}`],
    ['a prototype inside', mapping('{"__proto__":"orders"}')],
    [
      'a prototype as a filter',
      mapping('"orders"').replace('{', '{"FilterCriteria":{"__proto__":{"Filters":[]}},'),
    ],
  ]
  for (const [name, body] of rows) {
    const answer = await daemon.request(MAPPINGS, { method: 'POST', body })
    t.ok(answer.status >= 400 && answer.status < 500, `${name}: ${answer.status}`)
    t.ok(answer.headers.get('x-amzn-errortype'), name)
  }
  const polluting = { ...FUNCTION, Environment: { Variables: { ok: 'a' } } }
  for (const change of [
    (text: string) => text.replace('"ok"', '"__proto__"'),
    (text: string) => text.replace('{"ok":"a"}', '{"__proto__":{"ok":"a"}}'),
    (text: string) => text.replace('"Environment"', '"__proto__"'),
  ]) {
    const body = change(JSON.stringify(polluting))
    t.equal((await daemon.request(FUNCTIONS, { method: 'POST', body })).status, 400, body)
  }
  await unharmed()
})

t.test('reliability §4 (6): names of objects’ own members are names like others', async (t) => {
  const { daemon } = await attacked(t)
  const client = lambdaClient(daemon)
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  for (const name of names) {
    const gone = { name: 'ResourceNotFoundException' }
    for (const path of ['', '/configuration', '/versions', '/aliases', `/aliases/${name}`]) {
      const answer = await daemon.request(`${FUNCTIONS}/${name}${path}`)
      t.equal(answer.status, 404, `${name}${path} before`)
    }
    await t.rejects(client.send(new InvokeCommand({ FunctionName: name })), gone, name)
    t.equal((await daemon.request(`${MAPPINGS}/${name}`)).status, 404, `mapping ${name}`)
    const given = functionOf(name, 'export const handler = async () => ({}).polluted ?? "clean"', {
      Tags: { constructor: 'a', toString: 'b' },
      Environment: { Variables: { constructor: 'c' } },
    })
    await client.send(new CreateFunctionCommand(given))
    const { Configuration, Tags } = await client.send(
      new GetFunctionCommand({ FunctionName: name }),
    )
    t.equal(Configuration?.FunctionName, name)
    t.same(Tags, given.Tags)
    t.same(Configuration?.Environment, given.Environment)
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: name }))
    t.equal(Payload?.transformToString(), '"clean"')
    await client.send(new DeleteFunctionCommand({ FunctionName: name }))
  }
  const query = await daemon.request(`${FUNCTIONS}?__proto__=a&constructor=b&MaxItems=1`)
  t.equal(query.status, 200)
  t.same(await query.json(), { Functions: [] })
  t.equal((await daemon.request('/livez')).status, 200)
  t.equal((await daemon.stop()).status, 0)
})
