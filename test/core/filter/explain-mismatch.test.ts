import t from 'tap'
import { explainMismatch } from '../../../lib/core/filter/explain-mismatch.ts'
import { parsedPattern } from '../../support/filter-cases.ts'

const EVENT = {
  eventName: 'INSERT',
  dynamodb: {
    NewImage: {
      state: { S: 'PLACED' },
      total: { N: '101' },
      items: { L: [{ M: { sku: { S: 'a' } } }, { M: { sku: { S: 'b' }, gift: { BOOL: true } } }] },
    },
  },
}
const explain = (pattern: object): unknown => explainMismatch(parsedPattern(pattern), EVENT)
const image = (attributes: object): object => ({ dynamodb: { NewImage: attributes } })

t.test('which leaf did not match, and what was there (contract §2)', (t) => {
  t.same(explain({ eventName: ['INSERT'] }), [], 'it matches')
  t.same(
    explain({ eventName: ['INSERT'], ...image({ total: { N: [{ numeric: ['>', 100] }] } }) }),
    [
      {
        type: 'leaf',
        path: 'dynamodb.NewImage.total.N',
        expected: '[{"numeric":[">",100]}]',
        found: ['101'],
        reached: 'dynamodb.NewImage.total.N',
      },
    ],
    'the value that was there',
  )
  t.same(
    explain({ eventName: ['REMOVE'], ...image({ status: { S: ['PLACED'] } }) }),
    [
      {
        type: 'leaf',
        path: 'eventName',
        expected: '["REMOVE"]',
        found: ['INSERT'],
        reached: 'eventName',
      },
      {
        type: 'leaf',
        path: 'dynamodb.NewImage.status.S',
        expected: '["PLACED"]',
        found: [],
        reached: 'dynamodb.NewImage',
      },
    ],
    'nothing there, and where the way ends; every leaf that fails',
  )
  t.same(
    explain(image({ state: ['PLACED'] })),
    [
      {
        type: 'leaf',
        path: 'dynamodb.NewImage.state',
        expected: '["PLACED"]',
        found: [{ S: 'PLACED' }],
        reached: 'dynamodb.NewImage.state',
      },
    ],
    'an object where a leaf is meant',
  )
  t.same(
    explain({ constructor: { name: ['x'] } }),
    [{ type: 'leaf', path: 'constructor.name', expected: '["x"]', found: [], reached: '' }],
    'nothing of the way is there',
  )
  t.end()
})

t.test('values of all elements of a list', (t) => {
  t.same(explain(image({ items: { L: { M: { sku: { S: ['c'] } } } } })), [
    {
      type: 'leaf',
      path: 'dynamodb.NewImage.items.L.M.sku.S',
      expected: '["c"]',
      found: ['a', 'b'],
      reached: 'dynamodb.NewImage.items.L.M.sku.S',
    },
  ])
  t.end()
})

t.test('leaves that match in different elements only', (t) => {
  const sku = 'dynamodb.NewImage.items.L.M.sku.S'
  const gift = 'dynamodb.NewImage.items.L.M.gift.BOOL'
  t.same(explain(image({ items: { L: { M: { sku: { S: ['a'] }, gift: { BOOL: [true] } } } } })), [
    { type: 'elements', paths: [sku, gift] },
  ])
  t.end()
})

t.test('each branch of a $or', (t) => {
  const leaf = (path: string, expected: string, found: readonly unknown[]): object => ({
    type: 'leaf',
    path: `dynamodb.NewImage.${path}`,
    expected,
    found,
    reached: `dynamodb.NewImage${found.length > 0 ? `.${path}` : ''}`,
  })
  t.same(explain(image({ $or: [{ state: { S: ['PAID'] } }, { paid: { BOOL: [true] } }] })), [
    {
      type: 'choice',
      path: 'dynamodb.NewImage.$or',
      branches: [[leaf('state.S', '["PAID"]', ['PLACED'])], [leaf('paid.BOOL', '[true]', [])]],
    },
  ])
  const onlyTheLeaf = { $or: [{ eventName: ['INSERT'] }, { other: ['x'] }] }
  t.same(
    explain({ ...onlyTheLeaf, ...image({ state: { S: ['PAID'] } }) }),
    [leaf('state.S', '["PAID"]', ['PLACED'])],
    'a $or that matches is not named',
  )
  t.end()
})
