import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MillraceError } from '../../lib/core/errors.ts'
import { type LoadRequest, loadConfiguration } from '../../lib/settings/load-configuration.ts'
import { listSettings } from '../../lib/settings/setting-listing.ts'

const GOOD = `Streams:
  orders: { ShardCount: 4 }
Functions:
  on-order:
    Runtime: nodejs20.x
    CodeUri: ./handlers
    Handler: on-order.handler
    Environment: { Variables: { TOKEN: s3cret } }
Mappings:
  - Stream: orders
    FunctionName: on-order
    StartingPosition: TRIM_HORIZON
    BatchSize: 7
    DestinationConfig: { OnFailure: { Destination: file:./failed.ndjson } }
`

function folder(t: Test, files: Readonly<Record<string, string>>): string {
  return t.testdir(files)
}

function load(workingDirectory: string, request: Partial<LoadRequest> = {}) {
  return loadConfiguration({
    workingDirectory,
    environment: {},
    flags: {},
    whenMissing: 'refuse',
    ...request,
  })
}

async function failure(text: string, t: Test): Promise<MillraceError> {
  try {
    await load(folder(t, { 'millrace.yaml': text }))
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('was accepted')
}

t.test('a file becomes the configuration of an engine; paths are relative to it', async (t) => {
  const directory = folder(t, { 'millrace.yaml': GOOD })
  const { configuration, file } = await load(directory)
  t.equal(file, join(directory, 'millrace.yaml'))
  t.equal(configuration.dataDirectory, join(directory, '.millrace'))
  t.equal(configuration.region, 'us-east-1')
  t.equal(configuration.account, '000000000000')
  t.equal(configuration.streams.get('orders')?.shardCount, 4)
  t.match(configuration.functions.get('on-order'), { codeDirectory: join(directory, 'handlers') })
  t.match(configuration.mappings[0], {
    source: { type: 'embedded', name: 'orders' },
    batchSize: 7,
    onFailureDestination: `file:${join(directory, 'failed.ndjson')}`,
  })
  t.equal(configuration.engine.maximumThreads, 10)
})

t.test('the example of contract §3, as JSON, with the file in another folder', async (t) => {
  const directory = folder(t, {})
  mkdirSync(join(directory, 'conf'))
  const text = JSON.stringify({
    Streams: { orders: { ShardCount: 2 } },
    Engine: { MaximumThreads: 2 },
  })
  writeFileSync(join(directory, 'conf', 'm.json'), text)
  const { configuration } = await load(directory, { flags: { config: 'conf/m.json' } })
  t.equal(configuration.dataDirectory, join(directory, 'conf', '.millrace'))
  t.equal(configuration.engine.maximumThreads, 2)
})

t.test('the search: millrace.yaml, millrace.yml, millrace.json', async (t) => {
  const one = (threads: number) => `{ "Engine": { "MaximumThreads": ${threads} } }`
  const threads = async (files: Readonly<Record<string, string>>) => {
    const name = Object.keys(files).join('+')
    let found = 0
    await t.test(name, async (t) => {
      found = (await load(folder(t, files))).configuration.engine.maximumThreads
    })
    return found
  }
  t.equal(await threads({ 'millrace.json': one(3) }), 3)
  t.equal(await threads({ 'millrace.yml': one(2), 'millrace.json': one(3) }), 2)
  t.equal(await threads({ 'millrace.yaml': one(1), 'millrace.yml': one(2) }), 1)
})

t.test('no file: refused, or empty where that is asked for', async (t) => {
  const directory = folder(t, {})
  await t.rejects(load(directory), { code: 'MILLRACE_CONFIG_UNREADABLE' })
  const { configuration, file } = await load(directory, { whenMissing: 'empty' })
  t.equal(file, undefined)
  t.equal(configuration.mappings.length, 0)
  t.equal(configuration.dataDirectory, join(directory, '.millrace'))
  const named = load(directory, { whenMissing: 'empty', flags: { config: 'gone.yaml' } })
  await t.rejects(named, {
    code: 'MILLRACE_CONFIG_UNREADABLE',
    facts: { file: 'gone.yaml', reason: /no such file/ },
  })
  await t.rejects(load(directory, { flags: { config: '.' } }), {
    code: 'MILLRACE_CONFIG_UNREADABLE',
    facts: { reason: 'it is a directory' },
  })
})

t.test('a file that is no text, or far too long', async (t) => {
  const directory = folder(t, {})
  writeFileSync(join(directory, 'bytes.yaml'), Buffer.from([0x61, 0xff, 0xfe]))
  await t.rejects(load(directory, { flags: { config: 'bytes.yaml' } }), {
    code: 'MILLRACE_CONFIG_UNREADABLE',
    facts: { reason: 'it is not UTF-8' },
  })
  writeFileSync(join(directory, 'long.yaml'), '#'.repeat(1024 * 1024 + 1))
  await t.rejects(load(directory, { flags: { config: 'long.yaml' } }), {
    code: 'MILLRACE_CONFIG_UNREADABLE',
    facts: { reason: /1048577 bytes; 1048576 are allowed/ },
  })
})

t.test('precedence: flag, environment, file, default (contract §2)', async (t) => {
  const directory = folder(t, {
    'millrace.yaml': `${GOOD}Sources: { DynamoDB: { Region: eu-west-1, Endpoint: 'http://a:1' } }\n`,
  })
  const environment = {
    MILLRACE_DATA: 'env-data',
    MILLRACE_PORT: '0',
    LOG_LEVEL: 'debug',
    AWS_REGION: 'us-west-2',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://b:2',
  }
  const plain = await load(directory)
  t.match(plain.process, { host: '127.0.0.1', port: 4590, logLevel: 'info' })
  t.strictSame(plain.configuration.sources.dynamoDb, {
    region: 'eu-west-1',
    endpoint: 'http://a:1',
  })
  const fromEnvironment = await load(directory, { environment })
  t.match(fromEnvironment.process, { port: 0, logLevel: 'debug' })
  t.equal(fromEnvironment.configuration.dataDirectory, join(directory, 'env-data'))
  t.strictSame(fromEnvironment.configuration.sources.dynamoDb, {
    region: 'us-west-2',
    endpoint: 'http://b:2',
  })
  t.equal(fromEnvironment.configuration.region, 'us-west-2')
  const streams = {
    ...environment,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: 'http://c:3',
    AWS_REGION: '',
  }
  t.strictSame((await load(directory, { environment: streams })).configuration.sources.dynamoDb, {
    region: 'eu-west-1',
    endpoint: 'http://c:3',
  })
  const flags = { data: 'flag-data', port: 9, host: '::1' }
  const fromFlags = await load(directory, { environment, flags })
  t.match(fromFlags.process, { port: 9, host: '::1' })
  t.equal(fromFlags.configuration.dataDirectory, join(directory, 'flag-data'))
  t.same(fromFlags.processOrigins, {
    data: { type: 'flag', flag: '--data' },
    host: { type: 'flag', flag: '--host' },
    port: { type: 'flag', flag: '--port' },
    logLevel: { type: 'environment', variable: 'LOG_LEVEL' },
  })
})

t.test('bad variables are refused by their name', async (t) => {
  const directory = folder(t, { 'millrace.yaml': GOOD })
  for (const [variable, text] of [
    ['MILLRACE_PORT', '65536'],
    ['MILLRACE_PORT', '80.5'],
    ['MILLRACE_PORT', '0x50'],
    ['MILLRACE_PORT', ' 80'],
    ['LOG_LEVEL', 'loud'],
  ] as const)
    await t.rejects(load(directory, { environment: { [variable]: text } }), {
      code: 'MILLRACE_SETTING_INVALID',
      facts: { setting: variable },
    })
  const environment = { AWS_ENDPOINT_URL: 'nonsense' }
  await t.rejects(load(directory, { environment }), {
    message: /Sources.DynamoDB.Endpoint must be an address.* \(AWS_ENDPOINT_URL\)/,
  })
})

t.test('config show: each value with its origin, secrets hidden', async (t) => {
  const directory = folder(t, { 'millrace.yaml': GOOD })
  const environment = { AWS_REGION: 'us-west-2' }
  const settings = listSettings(await load(directory, { environment, flags: { data: 'd' } }))
  const of = (name: string) => settings.find(({ setting }) => setting === name)
  t.match(of('data'), { value: join(directory, 'd'), origin: { type: 'flag', flag: '--data' } })
  t.match(of('Mappings[0].BatchSize'), {
    value: 7,
    origin: { file: 'millrace.yaml', line: 13, column: 16 },
  })
  t.match(of('Mappings[0].Enabled'), { value: true, origin: { type: 'default' } })
  t.match(of('Engine.ReadAheadBytes.Lane'), { value: '12MB', origin: { type: 'default' } })
  t.match(of('Sources.DynamoDB.Region'), { value: 'us-west-2', origin: { variable: 'AWS_REGION' } })
  t.equal(of('Functions.on-order.Environment.Variables.TOKEN')?.value, '(hidden)')
  t.notMatch(JSON.stringify(settings), /s3cret/)
})

/** What is replaced in the good file, code, message. */
const BAD: readonly [string, string, string, string, string | RegExp][] = [
  [
    'an unknown key',
    'BatchSize: 7',
    'BatchSzie: 7',
    'MILLRACE_SETTING_UNKNOWN',
    /unknown key Mappings\[0\].BatchSzie \(millrace.yaml:13:5\); allowed here: Stream, .*; did you mean BatchSize\?$/,
  ],
  [
    'an unknown section',
    'Mappings:',
    'Mapings:',
    'MILLRACE_SETTING_UNKNOWN',
    /unknown key Mapings \(millrace.yaml:9:1\).* did you mean Mappings\?$/,
  ],
  [
    'an unknown key of a function',
    'Handler:',
    'Handlr:',
    'MILLRACE_SETTING_UNKNOWN',
    /Functions.on-order.Handlr \(millrace.yaml:7:5\).*did you mean Handler/,
  ],
  [
    'out of range',
    'BatchSize: 7',
    'BatchSize: 10001',
    'MILLRACE_SETTING_INVALID',
    'Mappings[0].BatchSize must be an integer from 1 to 10000, got 10001 (millrace.yaml:13:16)',
  ],
  [
    'a wrong type',
    'BatchSize: 7',
    'BatchSize: "7"',
    'MILLRACE_SETTING_INVALID',
    'Mappings[0].BatchSize must be an integer from 1 to 10000, got "7" (millrace.yaml:13:16)',
  ],
  [
    'nothing where a value must be',
    'BatchSize: 7',
    'BatchSize:',
    'MILLRACE_SETTING_INVALID',
    'got null (millrace.yaml:13:15)',
  ],
  [
    'a missing member',
    '    Handler: on-order.handler\n',
    '',
    'MILLRACE_SETTING_INVALID',
    /Functions.on-order.Handler must be file.export .*, got nothing \(millrace.yaml:5:5\)/,
  ],
  [
    'a stream that is not declared',
    'Stream: orders',
    'Stream: oders',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].Stream (millrace.yaml:10:13): Stream not found: oders; there are: orders; did you mean orders?',
  ],
  [
    'a function that is not declared',
    'FunctionName: on-order',
    'FunctionName: on-ordr',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].FunctionName (millrace.yaml:11:19): Function does not exist: on-ordr; there are: on-order; did you mean on-order?',
  ],
  [
    'a combination',
    'BatchSize: 7',
    'ScalingConfig: {}',
    'MILLRACE_MAPPING_REFUSED',
    'Mappings[0].ScalingConfig (millrace.yaml:13:20): Unsupported ScalingConfig parameter',
  ],
  [
    'a secret of a wrong type',
    's3cret',
    '4711',
    'MILLRACE_SETTING_INVALID',
    /TOKEN must be a string \(put it in quotes\), got a number/,
  ],
  [
    'a name of a stream',
    '  orders:',
    '  "or ders":',
    'MILLRACE_SETTING_INVALID',
    /the name Streams.or ders must be .*got "or ders" \(millrace.yaml:2:3\)/,
  ],
  [
    'another runtime',
    'nodejs20.x',
    'java21',
    'MILLRACE_SETTING_INVALID',
    /Runtime must be a Node runtime/,
  ],
  [
    'a section that is no map',
    'Streams:\n  orders: { ShardCount: 4 }',
    'Streams: 4',
    'MILLRACE_SETTING_INVALID',
    'Streams must be a map of names to values, got 4',
  ],
  [
    'a list of mappings that is none',
    '  - Stream',
    '    Stream',
    'MILLRACE_SETTING_INVALID',
    /Mappings must be a list/,
  ],
]

for (const [what, from, to, code, message] of BAD) {
  t.test(`refused: ${what}`, async (t) => {
    t.ok(GOOD.includes(from))
    t.match(await failure(GOOD.replace(from, to), t), { code, message })
  })
}

t.test('refused: two mappings of one stream and one function', async (t) => {
  const twice = `${GOOD}  - { Stream: orders, FunctionName: 'function:on-order', StartingPosition: LATEST }\n`
  t.match(await failure(twice, t), {
    code: 'MILLRACE_MAPPING_REFUSED',
    message:
      /^Mappings\[1\] \(millrace.yaml:15:5\): The event source arn \(" orders "\) and function \(" on-order "\) provided mapping already exists\. .* UUID [0-9a-f-]{36}$/,
  })
})

t.test('refused: a file that is a list', async (t) => {
  t.match(await failure('- a', t), {
    message: /the configuration must be a map with the keys Streams/,
  })
})

t.test('sections without entries are empty', async (t) => {
  const { configuration } = await load(
    folder(t, { 'millrace.yaml': 'Streams:\nMappings:\nEngine:\n' }),
  )
  t.equal(configuration.streams.size, 0)
})
