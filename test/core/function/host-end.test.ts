import t from 'tap'
import {
  describeEnd,
  type HostEnd,
  lostInvocationError,
} from '../../../lib/core/function/host-end.ts'

const INVOCATION = { requestId: 'r-1', timeoutSeconds: 3 }

t.test('a lost invocation is answered as Lambda answers it (aws-semantics §9.3, D27)', (t) => {
  const table: readonly (readonly [Exclude<HostEnd, { type: 'finished' }>, object])[] = [
    [
      { type: 'exited', code: 0 },
      { errorType: 'Runtime.ExitError', errorMessage: /r-1 .*exited without/ },
    ],
    [
      { type: 'exited', code: 7 },
      { errorType: 'Runtime.ExitError', errorMessage: /r-1 .*exit status 7/ },
    ],
    [
      { type: 'out-of-memory' },
      { errorType: 'Runtime.ExitError', errorMessage: /r-1 .*signal: killed/ },
    ],
    [{ type: 'killed' }, { errorMessage: /r-1 Error: Task timed out after 3\.00 seconds/ }],
    [
      { type: 'crashed', error: new TypeError('late') },
      { errorType: 'TypeError', errorMessage: 'late' },
    ],
  ]
  for (const [end, expected] of table)
    t.match(lostInvocationError(end, INVOCATION), expected, JSON.stringify(end))
  t.end()
})

t.test('an end in words', (t) => {
  const table: readonly (readonly [HostEnd, string])[] = [
    [{ type: 'finished' }, 'its work was done'],
    [{ type: 'exited', code: 7 }, 'exit status 7'],
    [{ type: 'out-of-memory' }, 'out of memory'],
    [{ type: 'killed' }, 'it was ended'],
    [{ type: 'crashed', error: new Error('late') }, 'late'],
  ]
  for (const [end, words] of table) t.equal(describeEnd(end), words)
  t.end()
})
