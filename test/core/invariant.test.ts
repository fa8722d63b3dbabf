import t from 'tap'
import { InvariantError, invariant, unreachable } from '../../lib/core/invariant.ts'

t.test('an assumption that holds says nothing; one that does not throws its message', (t) => {
  t.doesNotThrow(() => invariant(true, 'never said'))
  t.throws(() => invariant(false, 'mark 3 went back from 5'), {
    constructor: InvariantError,
    name: 'InvariantError',
    message: 'mark 3 went back from 5',
  })
  t.end()
})

t.test('a value that cannot be is named', (t) => {
  const value = { type: 'new' } as never
  t.throws(() => unreachable(value), { message: 'unexpected value: {"type":"new"}' })
  t.end()
})
