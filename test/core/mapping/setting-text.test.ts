import t from 'tap'
import type { Rule } from '../../../lib/core/mapping/setting-rule.ts'
import {
  bytesText,
  describeRule,
  describeValue,
  durationText,
  pathText,
} from '../../../lib/core/mapping/setting-text.ts'

t.test('texts for people', (t) => {
  t.equal(pathText(['Mappings', 0, 'BatchSize']), 'Mappings[0].BatchSize')
  t.equal(describeRule({ kind: 'integer', min: 1, max: 10 }), 'an integer from 1 to 10')
  t.equal(
    describeRule({ kind: 'integer', min: -1, max: 9, except: { from: 0, to: 4, message: '' } }),
    '-1 or an integer from 5 to 9',
  )
  t.equal(describeRule({ kind: 'choice', values: ['A', 'B'], elsewhere: ['B'] }), 'A')
  t.equal(
    describeRule({ kind: 'bytes', min: 1024, max: 1024 ** 3 }),
    'a size from 1KB to 1GB, such as 12MB',
  )
  t.equal(bytesText(1500), '1500B')
  t.equal(durationText(60_000), '60s')
  t.equal(durationText(1500), '1500ms')
  t.end()
})

t.test('a value is shown as JSON, cut, and a secret not at all', (t) => {
  const rule = { kind: 'text' } as const
  t.equal(describeValue('x', rule), '"x"')
  t.equal(describeValue('x'.repeat(500), rule).length, 83)
  t.equal(describeValue(undefined, rule), 'nothing')
  t.equal(describeValue(1n, rule), 'a bigint')
  t.equal(describeValue(4711, { kind: 'text', secret: true }), 'a number')
  t.end()
})

t.test('what a rule allows, by kind', (t) => {
  const integer = { kind: 'integer', min: 0, max: 9 } as const
  const text = { kind: 'text' } as const
  const members = {
    A: { rule: integer, description: '' },
    B: { rule: text, description: '' },
    C: { rule: { kind: 'refused', message: '' }, description: '' },
  } as const
  const rows: readonly (readonly [Rule, string])[] = [
    [{ kind: 'boolean' }, 'true or false'],
    [{ kind: 'choice', values: ['A', 'B'] }, 'one of A, B'],
    [text, 'a string'],
    [{ kind: 'text', lengthMin: 1 }, 'a string that is not empty'],
    [{ kind: 'text', lengthMax: 5 }, 'a string of 0 to 5 characters'],
    [{ kind: 'text', expected: 'a URL' }, 'a URL'],
    [{ kind: 'duration', msMin: 1, msMax: 2000 }, 'a duration from 1ms to 2s, such as 200ms'],
    [{ kind: 'list', of: text }, 'a list of any length (each a string)'],
    [{ kind: 'list', of: text, countMin: 2 }, 'a list of at least 2 (each a string)'],
    [{ kind: 'list', of: text, countMin: 1, countMax: 1 }, 'a list of exactly 1 (each a string)'],
    [{ kind: 'list', of: text, countMax: 3 }, 'a list of 0 to 3 (each a string)'],
    [{ kind: 'map', of: text, name: text }, 'a map of names to values'],
    [{ kind: 'object', members }, 'a map with the keys A, B'],
  ]
  for (const [rule, words] of rows) t.equal(describeRule(rule), words)
  t.equal(
    describeValue(() => {}, text),
    'a function',
  )
  t.end()
})
