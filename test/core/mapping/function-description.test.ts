import t from 'tap'
import type { EpochMs } from '../../../lib/core/ids.ts'
import {
  describeFunction,
  describeRevision,
} from '../../../lib/core/mapping/function-description.ts'

const FACTS = {
  name: 'on-order',
  functionArn: 'arn:function',
  lastModified: '2025-01-01',
  form: 'listed',
} as const

t.test('a module is described as GetFunctionConfiguration does (contract §8)', (t) => {
  const described = describeFunction(
    {
      type: 'module',
      runtime: 'nodejs20.x',
      codeDirectory: 'handlers',
      handler: 'on-order.handler',
      timeoutSeconds: 3,
      memorySizeMegabytes: 128,
      environment: { TABLE: 'orders' },
      concurrencyPerEnvironment: 1,
    },
    FACTS,
  )
  t.strictSame(described, {
    FunctionName: 'on-order',
    FunctionArn: 'arn:function',
    Runtime: 'nodejs20.x',
    Handler: 'on-order.handler',
    Timeout: 3,
    MemorySize: 128,
    LastModified: '2025-01-01',
    Version: '$LATEST',
    Environment: { Variables: { TABLE: 'orders' } },
    PackageType: 'Zip',
  })
  t.end()
})

t.test('a closure has no runtime, no handler and no memory of its own', (t) => {
  const settings = { type: 'inline', handler: () => {}, timeoutSeconds: 7 } as const
  t.strictSame(describeFunction(settings, FACTS), {
    FunctionName: 'on-order',
    FunctionArn: 'arn:function',
    Timeout: 7,
    LastModified: '2025-01-01',
    Version: '$LATEST',
    PackageType: 'Zip',
  })
  t.end()
})

const REVISION = {
  runtime: 'nodejs20.x',
  handler: 'index.handler',
  timeoutSeconds: 3,
  memorySizeMegabytes: 128,
  code: { folder: 'a', sha256: 'c2hhMjU2', sizeBytes: 300 },
  revisionId: 'r1',
  programId: 'p1',
  lastModified: 0 as EpochMs,
  role: 'arn:aws:iam::000000000000:role/r',
  description: 'counts orders',
  architecture: 'x86_64',
} as const

t.test('one made over the API is described with its code, role and revision', (t) => {
  const described = describeRevision(REVISION, { ...FACTS, version: '2' })
  t.strictSame(described, {
    FunctionName: 'on-order',
    FunctionArn: 'arn:function',
    Runtime: 'nodejs20.x',
    Role: 'arn:aws:iam::000000000000:role/r',
    Handler: 'index.handler',
    CodeSize: 300,
    Description: 'counts orders',
    Timeout: 3,
    MemorySize: 128,
    LastModified: '2025-01-01',
    CodeSha256: 'c2hhMjU2',
    Version: '2',
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: 'r1',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/on-order' },
  })
  t.end()
})

t.test(
  'its state stands in the answer for one, not in lists; its variables where any were given',
  (t) => {
    const given = { ...REVISION, environment: { TABLE: 'orders' } }
    const one = describeRevision(given, { ...FACTS, form: 'single', version: '$LATEST' })
    t.match(one, {
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Environment: { Variables: { TABLE: 'orders' } },
    })
    t.end()
  },
)
