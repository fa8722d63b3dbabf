import t from 'tap'
import type { ShardId, StreamArn } from '../../../lib/core/ids.ts'
import { createEventIds, eventIdPrefix } from '../../../lib/core/record/embedded-event-id.ts'

const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026' as StreamArn
const prefix = eventIdPrefix(arn, 'shardId-1' as ShardId)

t.test('D35: 32 lower-case hexadecimal digits, all different, the same each time', (t) => {
  const ids = new Set<string>()
  const eventIdOf = createEventIds(prefix)
  const ordinals = Array.from({ length: 20_000 }, (_, i) => i)
  ordinals.push(2 ** 32, 2 ** 32 + 1, 2 ** 44, 2 ** 45 + 1, Number.MAX_SAFE_INTEGER)
  for (const ordinal of ordinals) ids.add(eventIdOf(ordinal))
  t.equal(ids.size, ordinals.length)
  t.ok([...ids].every((id) => /^[0-9a-f]{32}$/.test(id)))
  const again = createEventIds(prefix)
  t.ok(ordinals.reverse().every((ordinal) => ids.has(again(ordinal))))
  t.end()
})

t.test('D35: another shard or stream has other ids', (t) => {
  const others = [
    eventIdPrefix(arn, 'shardId-2' as ShardId),
    eventIdPrefix(`${arn}7` as StreamArn, 'shardId-1' as ShardId),
  ]
  for (const other of others) t.not(createEventIds(other)(1), createEventIds(prefix)(1))
  t.end()
})
