import t from 'tap'
import { judgeWindowResponse } from '../../../lib/core/window/window-verdict.ts'

const find = (identifier: string) => ['s-1', 's-2', 's-3'].indexOf(identifier)

t.test('§5: an answer without a state is a failed invocation', (t) => {
  const failed = { type: 'failed', functionError: null, error: { errorType: 'TumblingWindow' } }
  for (const value of [null, undefined, 1, 'state', [], {}, { batchItemFailures: [] }])
    t.match(judgeWindowResponse(value, undefined), failed, JSON.stringify(value))
  t.match(judgeWindowResponse(Object.create({ state: 1 }), undefined), failed, 'inherited')
  t.end()
})

t.test('the state is what JSON carries, null included', (t) => {
  for (const state of [{ n: 1 }, null, 0, '', []])
    t.strictSame(judgeWindowResponse({ state }, undefined), {
      type: 'succeeded',
      state: JSON.stringify(state),
    })
  t.end()
})

t.test('§4.4, D28: a partial response has a state too', (t) => {
  const state = { n: 1 }
  const answer = (...ids: string[]) => ({
    state,
    batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
  })
  t.match(judgeWindowResponse(answer('s-2'), find), {
    type: 'failed-from',
    index: 1,
    state: '{"n":1}',
  })
  t.match(judgeWindowResponse(answer(), find), { type: 'succeeded', state: '{"n":1}' })
  t.match(judgeWindowResponse(answer('nobody'), find), { type: 'failed' })
  t.match(judgeWindowResponse(answer('s-2'), undefined), { type: 'succeeded' }, 'not asked for')
  t.end()
})
