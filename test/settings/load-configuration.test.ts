import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { listSettings } from '../../lib/settings/setting-listing.ts'
import { folder, GOOD, load } from '../support/configuration-file.ts'

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
    accessKeyId: { type: 'default' },
    secretAccessKey: { type: 'default' },
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
    ['MILLRACE_ACCESS_KEY_ID', 'a/b'],
    ['MILLRACE_ACCESS_KEY_ID', 'a'.repeat(129)],
  ] as const)
    await t.rejects(load(directory, { environment: { [variable]: text } }), {
      code: 'MILLRACE_SETTING_INVALID',
      facts: { setting: variable },
    })
  const secret = { MILLRACE_SECRET_ACCESS_KEY: 'two words' }
  await t.rejects(load(directory, { environment: secret }), {
    message: 'MILLRACE_SECRET_ACCESS_KEY must be a secret key without spaces, got a string',
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
  const keys = { MILLRACE_ACCESS_KEY_ID: 'AKIDEXAMPLE', MILLRACE_SECRET_ACCESS_KEY: 's3cret' }
  const withKeys = listSettings(await load(directory, { environment: keys }))
  t.match(
    withKeys.filter(({ setting }) => /access/i.test(setting)),
    [
      { setting: 'accessKeyId', value: 'AKIDEXAMPLE' },
      { setting: 'secretAccessKey', value: '(hidden)' },
    ],
  )
})

/** What is replaced in the good file, code, message. */
t.test('sections without entries are empty', async (t) => {
  const { configuration } = await load(
    folder(t, { 'millrace.yaml': 'Streams:\nMappings:\nEngine:\n' }),
  )
  t.equal(configuration.streams.size, 0)
})
