import t from 'tap'
import { serviceConfiguration } from '../../../bench/rivals/serverless-offline/service.ts'

const options = {
  endpoint: 'http://127.0.0.1:8000',
  tableName: 'orders',
  batchSize: 100,
  handledFile: 'handled',
  checkpointFile: 'checkpoint.json',
  lambdaPort: 1,
  httpPort: 2,
}
const stream = { type: 'dynamodb', tableName: 'orders', startingPosition: 'TRIM_HORIZON' }

t.test('the tuned service differs from the one as installed in the event’s readInterval', (t) => {
  const installed = serviceConfiguration(options)
  const tuned = serviceConfiguration({ ...options, readIntervalMs: 1 })
  t.strictSame(installed.functions.handled.events, [{ stream: { ...stream, batchSize: 100 } }])
  t.strictSame(tuned.functions.handled.events, [
    { stream: { ...stream, batchSize: 100, readInterval: 1 } },
  ])
  t.strictSame({ ...tuned, functions: {} }, { ...installed, functions: {} })
  t.end()
})

t.test('it listens on this machine only, and keeps its position where the run says', (t) => {
  const { custom } = serviceConfiguration(options)
  t.match(custom, {
    'serverless-offline': { host: '127.0.0.1', lambdaPort: 1, httpPort: 2 },
    'serverless-offline-dynamodb-streams': {
      endpoint: options.endpoint,
      checkpointFile: 'checkpoint.json',
    },
  })
  t.end()
})
