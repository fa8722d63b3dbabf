import t from 'tap'
import { maybeFunctionReference } from '../../../lib/core/mapping/function-name.ts'

const HOME = { region: 'us-east-1', account: '000000000000' }
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:fn'

t.test('accepted forms (aws-semantics §1.2)', (t) => {
  for (const text of ['fn', 'function:fn', '000000000000:function:fn', ARN])
    t.same(maybeFunctionReference(text, HOME), { type: 'named', name: 'fn' }, text)
  for (const [text, qualifier] of [
    ['fn:live', 'live'],
    ['fn:$LATEST', '$LATEST'],
    [`${ARN}:7`, '7'],
  ] as const)
    t.same(maybeFunctionReference(text, HOME), { type: 'named', name: 'fn', qualifier }, text)
  t.end()
})

t.test('another account or region is foreign (D33)', (t) => {
  for (const text of [
    '111111111111:function:fn',
    'arn:aws:lambda:eu-west-1:000000000000:function:fn',
    'arn:aws:lambda:us-east-1:111111111111:function:fn',
  ])
    t.same(maybeFunctionReference(text, HOME), { type: 'foreign' }, text)
  t.end()
})

t.test('no function name', (t) => {
  for (const text of ['', 'a b', 'fn:', 'fn:a:b', 'arn:aws:sqs:us-east-1:0:q', 'x'.repeat(65)])
    t.equal(maybeFunctionReference(text, HOME), undefined, text)
  t.end()
})
