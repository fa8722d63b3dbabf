import t from 'tap'
import { OutputTails } from '../../../lib/functions/worker/output-tails.ts'

t.test('the last lines of an invocation, of those that are asked for', (t) => {
  const tails = new OutputTails()
  tails.heard('a', 'before')
  tails.keep('a')
  tails.heard('a', 'one')
  tails.heard('b', 'of another')
  tails.heard('a', 'two')
  t.equal(tails.take('a'), 'one\ntwo\n')
  t.equal(tails.take('a'), '', 'kept no longer')
  tails.keep('a')
  for (let i = 0; i < 1000; i++) tails.heard('a', `line ${i}`)
  t.equal(tails.take('a').length, 4096)
  t.end()
})
