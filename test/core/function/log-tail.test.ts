import t from 'tap'
import { invocationLog } from '../../../lib/core/function/log-tail.ts'

t.test('a log in Lambda’s frame', (t) => {
  const log = invocationLog({
    requestId: 'r',
    version: '$LATEST',
    lines: 'one\ntwo\n',
    durationMs: 12,
    memorySizeMegabytes: 128,
  })
  t.equal(
    log,
    'START RequestId: r Version: $LATEST\none\ntwo\nEND RequestId: r\nREPORT RequestId: r\tDuration: 12.00 ms\tBilled Duration: 12 ms\tMemory Size: 128 MB\t\n',
  )
  t.end()
})
