import t from 'tap'
import { isThenable } from '../../../lib/core/function/thenable.ts'

const withThen = (value: unknown, then: unknown): unknown =>
  Object.defineProperty(value, 'then', { value: then })

t.test('anything with a then is a promise (aws-semantics §9.4)', (t) => {
  for (const value of [
    Promise.resolve(),
    withThen({}, () => {}),
    withThen(
      () => {},
      () => {},
    ),
  ])
    t.ok(isThenable(value))
  for (const value of [undefined, null, 1, 'then', {}, () => {}, withThen({}, true)])
    t.notOk(isThenable(value), String(value))
  t.end()
})
