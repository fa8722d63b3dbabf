import t from 'tap'
import type { LaneFacts } from '../../../lib/core/explanation/explanation.ts'
import { explainLane } from '../../../lib/core/explanation/lane-words.ts'

const NOW = 1_000_000
const FACTS: LaneFacts = {
  lane: 2,
  condition: 'ready',
  position: null,
  queued: 3,
  isLagging: false,
  attempt: 2,
}
const wordsOf = (facts: Partial<LaneFacts>): string =>
  explainLane({ ...FACTS, ...facts }, NOW).words

t.test('contract §2: what a lane does, in words', (t) => {
  const cases: [Partial<LaneFacts>, string][] = [
    [{ condition: 'reading' }, 'reading'],
    [{ condition: 'reading', isLagging: true }, 'fell behind, its records are read again'],
    [{ condition: 'ready' }, 'waits for a thread'],
    [{ condition: 'ready', isLagging: true }, 'waits for a thread; is read again'],
    [{ condition: 'gathering', gatherUntil: NOW + 1500 }, 'gathers a batch for 1.5 s more'],
    [{ condition: 'gathering', gatherUntil: NOW - 1 }, 'gathers a batch for 0 ms more'],
    [{ condition: 'invoking', invokingSince: NOW - 61_000 }, 'invoking for 1 min 1 s, attempt 2'],
    [{ condition: 'saving' }, 'saving what attempt 2 came to'],
    [
      { condition: 'backing-off', attempt: 1, retryAt: NOW + 12_000 },
      'backs off for 12 s more after 1 attempt',
    ],
    [{ condition: 'parked' }, 'parked after 2 attempts'],
    [{ condition: 'parked', inDoubt: true }, 'parked after 2 attempts, the last one in doubt'],
    [{ condition: 'saved' }, '2 attempts begun'],
    [{ condition: 'saved', inDoubt: true }, '2 attempts begun, the last one in doubt'],
  ]
  for (const [facts, words] of cases) t.equal(wordsOf(facts), words)
  t.end()
})

t.test('contract §2: what blocks it and since when', (t) => {
  const error = { errorType: 'Error', errorMessage: 'poison' }
  const blocked = { since: NOW - 41_000, error, key: { id: { S: 'o-7' } } }
  t.equal(
    wordsOf({ blocked }),
    'waits for a thread; blocked for 41 s by {"id":{"S":"o-7"}}: Error: poison',
  )
  const final = { since: NOW - 41_000, error }
  t.match(wordsOf({ blocked: final }), /; blocked for 41 s by a final call: Error: poison$/)
  t.end()
})

t.test('a key or a message can neither forge a line nor fill the screen', (t) => {
  const errorMessage = `one\n\u001b[2J${'x'.repeat(10_000)}`
  const key = { id: { S: `\u009b${'k'.repeat(2000)}` } }
  const words = wordsOf({
    blocked: { since: NOW, error: { errorType: 'Error', errorMessage }, key },
  })
  t.notMatch(words, /\p{Cc}/u)
  t.match(words, /Error: one\\n\\u001b\[2Jx+\.\.\.$/)
  t.ok(words.length < 400)
  t.end()
})
