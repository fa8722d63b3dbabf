import t from 'tap'
import { describeFunction } from '../../../lib/core/mapping/function-description.ts'

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
