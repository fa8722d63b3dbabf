import t from 'tap'
import { parseCreateStream } from '../../../lib/core/stream-api/create-stream-request.ts'

t.test('a stream is made with the keys of the configuration', (t) => {
  t.same(parseCreateStream({ KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] }), {
    shardCount: 1,
    streamViewType: 'NEW_AND_OLD_IMAGES',
    keySchema: [{ attributeName: 'id', keyType: 'HASH' }],
  })
  t.end()
})

t.test('what is wrong with one is said as the API says it', (t) => {
  const cases: [input: unknown, exception: string, message: RegExp][] = [
    [{ ShardCount: 0 }, 'ValidationException', /'0' at 'shardCount' failed to satisfy constraint/],
    [{ Shards: 1 }, 'ValidationException', /^Unknown member 'shards'/],
    [{ KeySchema: [{ KeyType: 'HASH' }] }, 'InvalidParameterValueException', /attributeName/],
  ]
  for (const [input, exception, message] of cases)
    t.throws(() => parseCreateStream(input), { name: 'ApiError', exception, message })
  t.end()
})

t.test('what goes wrong otherwise is not said to be the request', (t) => {
  const input = {
    get ShardCount(): number {
      throw new RangeError('of ours')
    },
  }
  t.throws(() => parseCreateStream(input), { name: 'RangeError', message: 'of ours' })
  t.end()
})
