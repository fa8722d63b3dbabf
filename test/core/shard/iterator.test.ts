import t from 'tap'
import type { EpochMs, SequenceNumber } from '../../../lib/core/ids.ts'
import {
  countSkipped,
  type IteratorEffect,
  type IteratorMessage,
  type IteratorStart,
  startIterator,
  stepIterator,
} from '../../../lib/core/shard/iterator.ts'

const sequence = (n: number): SequenceNumber => String(n) as SequenceNumber

/** Runs messages through the reducer; gives the effect of each. */
function run(start: IteratorStart, ...messages: IteratorMessage[]): IteratorEffect[] {
  let state = startIterator(start, 1000)
  return messages.map((message) => {
    const [next, effect] = stepIterator(state, message)
    state = next
    return effect
  })
}

const read: IteratorMessage = { type: 'read-asked' }
const got: IteratorMessage = { type: 'iterator-got', iterator: 'i' }
const page = (kept: number, last?: number, nextIterator?: string): IteratorMessage => ({
  type: 'page-got',
  kept,
  ...(last === undefined ? {} : { lastRead: sequence(last) }),
  ...(nextIterator === undefined ? {} : { nextIterator }),
})
const fails = (code: string): IteratorMessage => ({
  type: 'call-failed',
  fault: { type: 'error-answer', operation: 'GetRecords', status: 400, code, reason: '' },
})
const expired = fails('ExpiredIteratorException')
const trimmed = fails('TrimmedDataAccessException')
const answers = (type: string) => ({ type: 'answer', answer: { type } })
const horizon: IteratorStart = { type: 'trim-horizon' }

t.test('iterator, page, next page, end of shard', (t) => {
  const effects = run(
    horizon,
    read,
    got,
    page(2, 2, 'j'),
    read,
    page(0, undefined, 'k'),
    read,
    page(1, 3),
    read,
  )
  t.same(effects, [
    { type: 'get-iterator', from: horizon },
    { type: 'get-records', iterator: 'i' },
    answers('page'),
    { type: 'get-records', iterator: 'j' },
    answers('empty'),
    { type: 'get-records', iterator: 'k' },
    answers('page'),
    answers('closed'),
  ])
  t.end()
})

t.test('expired: a new iterator after the last record read, or at the original start', (t) => {
  t.same(run({ type: 'latest' }, read, got, expired).at(-1), {
    type: 'get-iterator',
    from: { type: 'latest' },
  })
  t.same(run(horizon, read, got, page(2, 7, 'j'), read, expired).at(-1), {
    type: 'get-iterator',
    from: { type: 'after', sequenceNumber: '7' },
  })
  t.end()
})

t.test(
  'a fresh iterator that is expired again is a failure, and the next read tries again',
  (t) => {
    const effects = run(horizon, read, got, expired, got, expired, read)
    t.match(effects[4], {
      type: 'answer',
      answer: { type: 'failed', failure: { type: 'unreachable' } },
    })
    t.match(effects[5], { type: 'get-iterator' })
    const mended = run(horizon, read, got, expired, got, page(0, undefined, 'j'), read, expired)
    t.match(mended.at(-1), { type: 'get-iterator' })
    t.end()
  },
)

t.test('trimmed: told once, then on at the oldest record', (t) => {
  const start: IteratorStart = { type: 'after', sequenceNumber: sequence(5) }
  const effects = run(start, read, trimmed, read, got, page(1, 9, 'j'))
  t.same(effects, [
    { type: 'get-iterator', from: start },
    answers('trimmed'),
    { type: 'get-iterator', from: horizon },
    { type: 'get-records', iterator: 'i' },
    answers('page'),
  ])
  const again = run(start, read, trimmed, read, trimmed)
  t.match(again.at(-1), { answer: { type: 'failed', failure: { type: 'unreachable' } } })
  t.end()
})

t.test('a shard that is unknown is at its end; a throttle leaves all as it was', (t) => {
  t.same(run(horizon, read, fails('ResourceNotFoundException'), read).slice(1), [
    answers('closed'),
    answers('closed'),
  ])
  const effects = run(horizon, read, got, fails('LimitExceededException'), read)
  t.match(effects[2], { answer: { type: 'failed', failure: { type: 'throttled' } } })
  t.same(effects[3], { type: 'get-records', iterator: 'i' })
  t.end()
})

t.test(
  'pages stamped too early are passed without an answer; the skip ends with the first record',
  (t) => {
    const since: IteratorStart = { type: 'stamped-since', time: 5999 as EpochMs }
    const first = startIterator(since, 1000)
    t.match(first, { position: { from: horizon, skipBefore: 5000 } })
    t.match(startIterator(since, 60_000), { position: { skipBefore: 0 } })
    const effects = run(since, read, got, page(0, 3, 'j'), page(1, 5, 'k'), read)
    t.same(effects[2], { type: 'get-records', iterator: 'j' })
    t.same(effects[3], answers('page'))
    const [reading] = stepIterator(first, got)
    t.hasOwnProps(stepIterator(reading, page(0, 3, 'j'))[0], ['position'])
    t.match(stepIterator(reading, page(0, 3, 'j'))[0], {
      position: { skipBefore: 5000, lastRead: '3' },
    })
    t.match(stepIterator(reading, page(1, 3, 'j'))[0], { position: { skipBefore: undefined } })
    t.end()
  },
)

t.test('a page that was read before is no progress: the position stays, and nothing spins', (t) => {
  const start: IteratorStart = { type: 'after', sequenceNumber: sequence(10) }
  const effects = run(start, read, got, page(0, 8, 'j'), read, expired)
  t.same(effects[2], answers('empty'))
  t.same(effects[4], { type: 'get-iterator', from: start })
  t.end()
})

t.test('skipped are the leading records read before, then those stamped too early', (t) => {
  const page = {
    count: 4,
    arrivedAt: Float64Array.of(1000, 2000, 5000, 2000),
    sequenceNumberAt: (index: number) => sequence(9 + index),
  }
  const from = horizon
  t.equal(countSkipped({ from }, page), 0)
  t.equal(countSkipped({ from, lastRead: sequence(9) }, page), 1)
  t.equal(countSkipped({ from, lastRead: sequence(100) }, page), 4)
  t.equal(countSkipped({ from, skipBefore: 3000 }, page), 2)
  t.equal(countSkipped({ from, lastRead: sequence(9), skipBefore: 3000 }, page), 2)
  t.end()
})
