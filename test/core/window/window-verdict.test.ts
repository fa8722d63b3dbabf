import t from 'tap'
import { answerWithState } from '../../../lib/core/function/answer-value.ts'
import type { FindIdentifier } from '../../../lib/core/lane/verdict.ts'
import { judgeWindowResponse } from '../../../lib/core/window/window-verdict.ts'

/** An answer as the environment delivers it: its state apart, as JSON. */
function judge(value: unknown, finds: FindIdentifier | undefined) {
  const answer = answerWithState(value)
  if (answer.type !== 'returned') throw new Error(answer.error.errorMessage)
  return judgeWindowResponse(answer.value, answer.state, finds)
}

const BATCH = ['10', '20', '30']
const find = (identifier: string) => BATCH.indexOf(identifier)
const failing = (...identifiers: unknown[]) =>
  identifiers.map((itemIdentifier) => ({ itemIdentifier }))

t.test('aws-semantics §5: without a state member it is a failed invocation', (t) => {
  for (const value of [null, '', 'x', 7, true, [], {}, { State: 1 }, { states: {} }])
    t.match(judge(value, undefined), { type: 'failed', functionError: null })
  t.match(judge({ batchItemFailures: [] }, find), { type: 'failed' })
  t.end()
})

t.test('§5: any JSON is a state', (t) => {
  for (const state of [{}, null, 0, '', [], { a: [1] }])
    t.same(judge({ state }, undefined), {
      type: 'succeeded',
      state: JSON.stringify(state),
    })
  t.end()
})

t.test('§4.4, D28: partial responses carry the state to the suffix, where they are on', (t) => {
  const state = { n: 1 }
  const rows = [
    [
      { state, batchItemFailures: [] },
      { type: 'succeeded', state: '{"n":1}' },
    ],
    [
      { state, batchItemFailures: null },
      { type: 'succeeded', state: '{"n":1}' },
    ],
    [
      { state, batchItemFailures: failing('30', '20') },
      { type: 'failed-from', index: 1, state: '{"n":1}' },
    ],
    [
      { state, batchItemFailures: failing('10') },
      { type: 'failed', functionError: null },
    ],
    [
      { state, batchItemFailures: failing('40') },
      { type: 'failed', functionError: null },
    ],
    [
      { state, batchItemFailures: 'all' },
      { type: 'failed', functionError: null },
    ],
  ] as const
  for (const [value, verdict] of rows) t.match(judge(value, find), verdict)
  const off = judge({ state, batchItemFailures: failing('20') }, undefined)
  t.same(off, { type: 'succeeded', state: '{"n":1}' }, 'they are ignored where they are off')
  t.end()
})
