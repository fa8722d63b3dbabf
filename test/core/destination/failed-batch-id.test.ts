import fc from 'fast-check'
import t from 'tap'
import { nextFailedBatchId } from '../../../lib/core/destination/failed-batch-id.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'

t.test('ids by what came before', async (t) => {
  const cases: [last: string | undefined, at: number, id: string, why: string][] = [
    [undefined, 0x19b7, '0000000019b7-000000', 'the first one has the time'],
    ['0000000019b7-000000', 0x19b8, '0000000019b8-000000', 'a later time begins anew'],
    ['0000000019b7-00000f', 0x19b7, '0000000019b7-000010', 'the same time counts on'],
    ['0000000019b7-00000f', 0x1000, '0000000019b7-000010', 'a clock that goes back counts on'],
    ['0000000019b7-ffffff', 0x1000, '0000000019b8-000000', 'a full millisecond borrows the next'],
    [undefined, -5, '000000000000-000000', 'a time before the epoch is the epoch'],
  ]
  for (const [last, at, id, why] of cases) t.equal(nextFailedBatchId(last, at as EpochMs), id, why)
  t.throws(() => nextFailedBatchId('x', 1 as EpochMs), { name: 'InvariantError' })
})

t.test('ids ascend as text for any times', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -10, max: 2 ** 44 })), (times) => {
      let last: string | undefined
      for (const time of times) {
        const id = nextFailedBatchId(last, time as EpochMs)
        if (last !== undefined && id <= last) return false
        last = id
      }
      return true
    }),
  )
})
