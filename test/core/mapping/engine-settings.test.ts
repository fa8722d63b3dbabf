import t from 'tap'
import { parseEngine } from '../../../lib/core/mapping/engine-settings.ts'
import { SettingError } from '../../../lib/core/mapping/setting-rule.ts'

const MB = 1024 * 1024

t.test('defaults (contract §3)', (t) => {
  t.same(parseEngine({}), {
    maximumThreads: 10,
    readAheadBytes: { lane: 12 * MB, shard: 64 * MB, process: 128 * MB },
    retryBackoff: { baseMs: 200, maximumMs: 60_000 },
    tumblingWindowGraceMs: 1000,
    failedBatchStoreMaximumBytes: 1024 * MB,
  })
  t.end()
})

t.test('one member of a group leaves the others at their defaults', (t) => {
  t.match(parseEngine({ ReadAheadBytes: { Lane: 6 * MB }, RetryBackoff: { Maximum: '5s' } }), {
    readAheadBytes: { lane: 6 * MB, shard: 64 * MB },
    retryBackoff: { baseMs: 200, maximumMs: 5000 },
  })
  t.end()
})

t.test('what is refused', (t) => {
  for (const bad of [
    { MaximumThreads: 0 },
    { MaximumThreads: 65 },
    { MaximumThreads: 1.5 },
    { ReadAheadBytes: { Lane: '1KB' } },
    { ReadAheadBytes: { Lane: '65MB' } },
    { ReadAheadBytes: { Shard: '129MB' } },
    { ReadAheadBytes: { Process: '4GB' } },
    { RetryBackoff: { Base: '0ms' } },
    { RetryBackoff: { Base: '2m' } },
    { RetryBackoff: { Maximum: '2h' } },
    { TumblingWindowGrace: 1 },
    { TumblingWindowGrace: '16m' },
    { FailedBatchStore: { MaximumBytes: 1 } },
    { FailedBatchStore: '1GB' },
    { Threads: 1 },
  ])
    t.throws(() => parseEngine(bad), SettingError, JSON.stringify(bad))
  t.end()
})
