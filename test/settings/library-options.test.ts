import t from 'tap'
import { fromLibraryOptions, type LibraryOptions } from '../../lib/settings/library-options.ts'

const SURROUNDINGS = { workingDirectory: '/srv/app', environment: {} }
const handler = async () => null
const OPTIONS = {
  streams: { orders: { ShardCount: 2 } },
  functions: { f: handler, slow: { Handler: handler, Timeout: 60 } },
  mappings: [{ Stream: 'orders', FunctionName: 'f', StartingPosition: 'LATEST', BatchSize: 5 }],
  engine: { MaximumThreads: 2, ReadAheadBytes: { Lane: 2 * 1024 * 1024 } },
} as const satisfies LibraryOptions

t.test('the keys of contract §3, camelCase at the top (contract §8)', (t) => {
  const configuration = fromLibraryOptions({ ...OPTIONS, data: 'd' }, SURROUNDINGS)
  t.equal(configuration.dataDirectory, '/srv/app/d')
  t.same(configuration.functions.get('f'), { type: 'inline', handler, timeoutSeconds: 3 })
  t.same(configuration.functions.get('slow'), { type: 'inline', handler, timeoutSeconds: 60 })
  t.match(configuration.mappings, [{ functionName: 'f', batchSize: 5, startingPosition: 'LATEST' }])
  t.equal(configuration.engine.readAheadBytes.lane, 2 * 1024 * 1024)
  t.equal(fromLibraryOptions({}, SURROUNDINGS).dataDirectory, '/srv/app/.millrace')
  t.end()
})

t.test('the environment goes before sources, as for a file', (t) => {
  const environment = { AWS_REGION: 'eu-west-1' }
  const sources = { DynamoDB: { Endpoint: 'http://127.0.0.1:8000', Region: 'us-east-1' } }
  const configuration = fromLibraryOptions({ sources }, { workingDirectory: '/', environment })
  t.strictSame(configuration.sources.dynamoDb, {
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:8000',
  })
  t.end()
})

t.test('undefined is absent; everything else is checked', (t) => {
  const [mapping] = OPTIONS.mappings
  t.doesNotThrow(() =>
    fromLibraryOptions(
      { ...OPTIONS, data: undefined, mappings: [{ ...mapping, BatchSize: undefined }] },
      SURROUNDINGS,
    ),
  )
  const from = (options: object) => () => fromLibraryOptions(options, SURROUNDINGS)
  t.throws(from({ Streams: {} }), {
    code: 'MILLRACE_SETTING_UNKNOWN',
    message: /did you mean streams\?/,
  })
  t.throws(from({ data: 5 }), {
    code: 'MILLRACE_SETTING_INVALID',
    message: 'data must be a directory, got 5',
  })
  t.throws(from({ ...OPTIONS, mappings: [{ ...mapping, BatchSize: 0 }] }), {
    message: 'Mappings[0].BatchSize must be an integer from 1 to 10000, got 0',
  })
  t.throws(from({ functions: { f: { Handler: handler, MemorySize: 128 } } }), {
    message: /unknown key Functions.f.MemorySize/,
  })
  t.throws(from({ functions: { f: 'x' } }), { code: 'MILLRACE_SETTING_INVALID' })
  t.end()
})
