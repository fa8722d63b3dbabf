import t from 'tap'
import { keyBound, laneOfKey } from '../../bench/load/key-bound.ts'

t.test('64 keys allow ten lanes 6.4 times the pace of one, 100,000 keys 9.9 times', (t) => {
  t.equal(keyBound(64, 10).toFixed(1), '6.4')
  t.equal(keyBound(100_000, 10).toFixed(1), '9.9')
  t.equal(keyBound(64, 1), 1)
  t.equal(keyBound(1, 10), 1)
  t.end()
})

t.test('a key has one lane, below the factor', (t) => {
  const lanes = Array.from({ length: 1000 }, (_, key) => laneOfKey(key, 3))
  t.strictSame(new Set(lanes), new Set([0, 1, 2]))
  t.strictSame(
    Array.from({ length: 1000 }, (_, key) => laneOfKey(key, 3)),
    lanes,
  )
  t.end()
})
