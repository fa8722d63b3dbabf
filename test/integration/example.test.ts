import t from 'tap'
import { runExample } from '../support/example.ts'
import { startDynamoDbLocal } from './dynamodb-local.ts'

t.test('examples/dynamodb-local', async (t) => {
  const local = await startDynamoDbLocal()
  t.teardown(() => local.stop())
  await runExample(t, 'dynamodb-local', {
    AWS_ENDPOINT_URL_DYNAMODB: local.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  })
})
