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
import { watchCondition } from '../support/daemon-condition.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { MappingDaemon } from '../support/mapping-daemon.ts'

const MAPPINGS = '/2015-03-31/event-source-mappings'
const FUNCTIONS = '/2015-03-31/functions'
const MEGABYTE = 1024 * 1024
async function attacked(t: Test) {
  const { daemon, directory, arn } = await MappingDaemon.start(t)
  const unharmed = await watchCondition(t, { ask: (path) => daemon.request(path), directory })
  // It would be made as it is.
  const mapping = { EventSourceArn: arn, FunctionName: 'told', StartingPosition: 'LATEST' }
  return { daemon, unharmed, mapping: JSON.stringify(mapping) }
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const keys = (count: number): string =>
  `{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join(',')}}`

t.test('reliability §4 (5): bodies that are too much', async (t) => {
  const { daemon, unharmed, mapping } = await attacked(t)
  const BAD = 'InvalidRequestContentException'
  const rows: [string, string, string | Uint8Array, number, string][] = [
    ['over the limit', MAPPINGS, 'x'.repeat(MEGABYTE + 1), 413, 'RequestTooLargeException'],
    ['a bomb', MAPPINGS, gzipSync(Buffer.alloc(64 * MEGABYTE)), 400, BAD],
    ['lists 100,000 deep', MAPPINGS, nested(100_000), 400, BAD],
    ['objects 100,000 deep', MAPPINGS, objects(100_000), 400, BAD],
    [
      'objects as deep in a member',
      MAPPINGS,
      mapping.replace('"told"', objects(100_000)),
      400,
      BAD,
    ],
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
  const { daemon, unharmed, mapping } = await attacked(t)
  const withMember = (text: string) => mapping.replace('{', `{${text},`)
  const rows: [string, string, RegExp][] = [
    ['infinite', withMember('"BatchSize":1e400'), /batchSize/],
    ['negative infinite', withMember('"BatchSize":-1e400'), /batchSize/],
    ['beyond whole numbers', withMember('"BatchSize":1e308'), /batchSize/],
    ['a number of 10,000 digits', withMember(`"BatchSize":${'9'.repeat(10_000)}`), /batchSize/],
    ['a fraction', withMember('"BatchSize":1.0000001'), /batchSize/],
    ['a number as text', withMember('"BatchSize":"100"'), /batchSize/],
    ['a name twice', mapping.replace('}', ',"FunctionName":"../fn"}'), /functionName/],
    ['half a character', mapping.replace('"told"', '"\\udfff"'), /functionName/],
    ['a character of none', mapping.replace('"told"', '"a\\u0000b"'), /functionName/],
    ['no object: a list', '[]', / at '' failed/],
    ['no object: null', 'null', / at '' failed/],
    ['no object: a number', '7', / at '' failed/],
    ['no object: text', '"FunctionName"', / at '' failed/],
    ['a prototype', `{"__proto__":${mapping}}`, /__proto__/],
    ['a prototype beside', withMember('"__proto__":{"BatchSize":1}'), /__proto__/],
    ['a constructor', `{"constructor":{"prototype":${mapping}}}`, /constructor/],
    ['a prototype inside', mapping.replace('"told"', '{"__proto__":"told"}'), /functionName/],
    ['a prototype as a filter', withMember('"FilterCriteria":{"__proto__":{}}'), /__proto__/],
  ]
  for (const [name, body, message] of rows) {
    const answer = await daemon.request(MAPPINGS, { method: 'POST', body })
    t.equal(answer.status, 400, name)
    t.match(await answer.json(), { message }, name)
  }
  await unharmed()
  t.equal((await daemon.request(MAPPINGS, { method: 'POST', body: mapping })).status, 202)
})

t.test('reliability §4 (6): a function whose settings are a prototype', async (t) => {
  const { daemon, unharmed } = await attacked(t)
  const { Code, ...given } = functionOf('fn', 'export const handler = async () => 1')
  const ZipFile = Buffer.from(Code!.ZipFile!).toString('base64')
  const Environment = { Variables: { ok: 'a' } }
  const wanted = JSON.stringify({ ...given, Environment, Code: { ZipFile } })
  const create = (body: string) => daemon.request(FUNCTIONS, { method: 'POST', body })
  for (const [of, changed] of [
    ['"ok"', '"__proto__"'],
    ['{"ok":"a"}', '{"__proto__":{"ok":"a"}}'],
    ['"Environment"', '"__proto__"'],
    [`{"ZipFile":"${ZipFile}"}`, `{"__proto__":{"ZipFile":"${ZipFile}"}}`],
  ] as const) {
    const answer = await create(wanted.replace(of, changed))
    t.equal(answer.status, 400, changed)
  }
  await unharmed()
  t.equal((await create(wanted)).status, 201)
})

t.test('reliability §4 (6): names of objects’ own members are names like others', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
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
