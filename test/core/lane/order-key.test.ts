import t from 'tap'
import { canonicalOrderKey } from '../../../lib/core/lane/order-key.ts'

const keys = { sort: { N: '1' }, id: { S: 'a' } }

t.test('type letter, colon, value of the partition key (D2)', (t) => {
  t.equal(canonicalOrderKey(keys, 'id'), 'S:a')
  t.equal(canonicalOrderKey(keys, 'sort'), 'N:1')
  t.equal(canonicalOrderKey({ id: { B: 'aGk=' } }, 'id'), 'B:aGk=')
  t.end()
})

t.test('without a schema: all of Keys, names sorted (D2)', (t) => {
  const whole = '{"id":{"S":"a"},"sort":{"N":"1"}}'
  t.equal(canonicalOrderKey(keys), whole)
  t.equal(canonicalOrderKey(keys, 'other'), whole)
  t.equal(canonicalOrderKey(keys, 'constructor'), whole)
  t.equal(canonicalOrderKey({ id: { S: 'a' }, sort: { N: '1' } }), whole)
  t.end()
})

t.test('a key named __proto__ is a key', (t) => {
  const hostile = JSON.parse('{"__proto__":{"S":"a"}}') as typeof keys
  t.equal(canonicalOrderKey(hostile, '__proto__'), 'S:a')
  t.equal(canonicalOrderKey(hostile), '{"__proto__":{"S":"a"}}')
  t.end()
})
