import t from 'tap'
import { fateOf, movedTo, touchedRange } from '../../../lib/core/checkpoint/position-change.ts'
import { lastSettled } from '../../../lib/core/checkpoint/settled.ts'
import { NO_COUNTS } from '../../../lib/core/ledger/ledger.ts'
import { sequence, stateOf } from '../../support/state-builders.ts'

const counts = { ...NO_COUNTS, delivered: 7 }
const from = stateOf(10, {
  generations: [{ factor: 2, positions: [sequence(14), null] }],
  stacks: { 1: [{ first: sequence(11), last: sequence(13), attempt: 2, requestId: 'r' }] },
  counts,
  finished: true,
})

t.test('D25: a position that was moved leaves the ledger, and nothing else', (t) => {
  const start = { type: 'after', sequenceNumber: sequence(4) } as const
  t.same(movedTo(from, start), stateOf(4, { counts, start }))
  t.same(movedTo(from, { type: 'trim-horizon' }), stateOf(null, { counts }))
  t.same(movedTo(undefined, { type: 'trim-horizon' }), stateOf(null))
  const stamped = { type: 'stamped-since', time: 5 } as const
  t.same(movedTo(from, stamped), stateOf(null, { counts, start: stamped }))
  t.end()
})

t.test('D4: a record comes again, is skipped, or stays as it is', (t) => {
  const back = movedTo(from, { type: 'after', sequenceNumber: sequence(8) })
  const ahead = movedTo(from, { type: 'after', sequenceNumber: sequence(13) })
  // Even hashes are of lane 0, which has settled up to 14; odd ones of lane 1, up to the mark.
  const cases = [
    [8, 0, 'same', 'same'],
    [9, 1, 'again', 'same'],
    [12, 0, 'again', 'same'],
    [12, 1, 'same', 'skipped'],
    [14, 0, 'again', 'again'],
    [14, 1, 'same', 'same'],
    [15, 0, 'same', 'same'],
  ] as const
  for (const [number, hash, whenBack, whenAhead] of cases) {
    const record = { hash, sequenceNumber: sequence(number) }
    t.equal(fateOf(record, from, back), whenBack, `${number} of lane ${hash}, back`)
    t.equal(fateOf(record, from, ahead), whenAhead, `${number} of lane ${hash}, ahead`)
  }
  t.equal(fateOf({ hash: 0, sequenceNumber: sequence(3) }, undefined, ahead), 'skipped')
  t.end()
})

t.test('what a change may touch lies between the lowest and the highest position', (t) => {
  const move = (to: number | null) =>
    touchedRange(
      from,
      movedTo(
        from,
        to === null ? { type: 'trim-horizon' } : { type: 'after', sequenceNumber: sequence(to) },
      ),
    )
  t.same(move(8), { after: '8', last: '14' })
  t.same(move(20), { after: '10', last: '20' })
  t.same(move(null), { after: null, last: '14' })
  t.same(touchedRange(undefined, stateOf(3)), { after: null, last: '3' })
  t.same(touchedRange(undefined, stateOf(null)), { after: null, last: null })
  t.equal(lastSettled(from), '14')
  t.end()
})
