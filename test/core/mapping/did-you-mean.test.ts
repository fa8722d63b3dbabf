import t from 'tap'
import { closestName, suggestion } from '../../../lib/core/mapping/did-you-mean.ts'

const NAMES = ['BatchSize', 'Enabled', 'StartingPosition', 'Tags']

t.test('a close name is found: letters swapped, missing, too many, in another case', (t) => {
  const cases: [string, string | undefined][] = [
    ['BatchSzie', 'BatchSize'],
    ['batchSize', 'BatchSize'],
    ['BatchSiz', 'BatchSize'],
    ['Enabledd', 'Enabled'],
    ['Tag', 'Tags'],
    ['StartPosition', 'StartingPosition'],
    ['Policies', undefined],
    ['x', undefined],
    ['__proto__', undefined],
  ]
  for (const [name, expected] of cases) t.equal(closestName(name, NAMES), expected, name)
  t.end()
})

t.test('the closest of several wins', (t) => {
  t.equal(closestName('Lanes', ['Lane', 'Lanes2', 'LanesX1']), 'Lane')
  t.equal(suggestion('Tagz', NAMES), '; did you mean Tags?')
  t.equal(suggestion('Policies', NAMES), '')
  t.end()
})
