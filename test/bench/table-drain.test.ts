import t from 'tap'
import { sharesByKey } from '../../bench/dynamodb/dynamodb-table.ts'
import { drainRates } from '../../bench/dynamodb/table-drain.ts'
import { parseHandled } from '../../bench/rivals/handled-file.ts'

t.test('rates from when reading is asked for, and from the first batch on', (t) => {
  const second = 1e9
  const invocations = parseHandled(
    `${3 * second} ${5 * second} 0 1\n${2 * second} ${4 * second} 2 3\n`,
  )
  t.strictSame(drainRates(invocations, 12, second), { whole: 3, handled: 4, startSeconds: 1 })
  t.end()
})

t.test('all items of a key are of one writer, in the order of their numbers', (t) => {
  const keyNumberOf = (index: number) => (index * 7) % 20
  const shares = sharesByKey(200, keyNumberOf)
  t.strictSame(
    shares.flat().toSorted((a, b) => a - b),
    [...Array(200).keys()],
  )
  for (const share of shares)
    t.strictSame(
      share,
      share.toSorted((a, b) => a - b),
    )
  const writerOf = new Map<number, number>()
  for (const [writer, share] of shares.entries())
    for (const index of share) {
      const key = keyNumberOf(index)
      t.equal(writerOf.get(key) ?? writer, writer, `key ${key}`)
      writerOf.set(key, writer)
    }
  t.end()
})
