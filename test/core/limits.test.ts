import { readFileSync } from 'node:fs'
import t from 'tap'
import * as limits from '../../lib/core/limits.ts'

t.test('every limit says its unit and its source', (t) => {
  const lines = readFileSync('lib/core/limits.ts', 'utf8').split('\n')
  const exported = lines.flatMap((line, i) => (line.startsWith('export ') ? [i] : []))
  t.equal(exported.length, Object.keys(limits).length)
  for (const i of exported)
    t.match(lines[i - 1], /^\/\*\* .*@unit .+ @source .+\*\/$/, lines[i] ?? '')
  t.end()
})

t.test('limits agree with each other', (t) => {
  t.ok(limits.LANE_READ_AHEAD_BYTES_DEFAULT >= limits.EVENT_BYTES_MAX)
  t.ok(limits.SHARD_READ_AHEAD_BYTES_DEFAULT >= limits.LANE_READ_AHEAD_BYTES_DEFAULT)
  t.ok(limits.PROCESS_READ_AHEAD_BYTES_DEFAULT >= limits.SHARD_READ_AHEAD_BYTES_DEFAULT)
  t.ok(limits.READ_AHEAD_BYTES_MIN >= limits.RECORD_BYTES_MAX)
  t.ok(limits.FAILED_BATCH_STORE_BYTES_MIN >= limits.EVENT_BYTES_MAX)
  t.ok(limits.THREADS_DEFAULT <= limits.THREADS_MAX)
  t.ok(limits.BACKOFF_BASE_MS_DEFAULT <= limits.BACKOFF_MAXIMUM_MS_DEFAULT)
  t.end()
})
