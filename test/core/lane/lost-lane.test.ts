import t from 'tap'
import { rescueOf } from '../../../lib/core/lane/lost-lane.ts'
import type { Verdict } from '../../../lib/core/lane/verdict.ts'

const DIED: Verdict = { type: 'failed', functionError: 'Unhandled' }

t.test('D27: only a death alone counts', (t) => {
  t.same(rescueOf({ state: 'running', alone: true }, DIED), { type: 'judge', verdict: DIED })
  t.same(rescueOf({ state: 'running', alone: false }, DIED), { type: 'run-alone' })
  t.same(rescueOf({ state: 'waiting' }, DIED), { type: 'go-on' })
  t.end()
})
