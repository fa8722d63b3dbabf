import fc from 'fast-check'
import t from 'tap'
import { compilePattern } from '../../../lib/core/filter/compile-pattern.ts'
import { exactNumber } from '../../../lib/core/filter/exact-number.ts'
import { explainMismatch } from '../../../lib/core/filter/explain-mismatch.ts'
import { parsePattern } from '../../../lib/core/filter/parse-pattern.ts'
import { naiveMatches } from '../../support/naive-filter.ts'
import { holds } from '../../support/property.ts'

// Few names and few values, so that patterns and events meet; "a-b" and "a.b" sort around what is below "a".
const name = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom('a', 'b') },
  { weight: 2, arbitrary: fc.constantFrom('c', 'a-b', 'a.b', 'constructor', '__proto__') },
)
const word = fc.constantFrom('x', 'X', 'y', 'xy', 'yx', '', '1', 'é', 'É', '😀')
const number = fc.constantFrom(-1, 0, 1, 1.5, 2, 300)
const scalar = fc.oneof(word, number, fc.constantFrom(true, false, null))

const range = fc.oneof(
  fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), number),
  fc.tuple(
    fc.constantFrom('>', '>='),
    fc.constantFrom(-1, 0),
    fc.constantFrom('<', '<='),
    fc.constantFrom(1.5, 2),
  ),
)
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 2 })
const operator = fc.oneof(
  { weight: 4, arbitrary: scalar as fc.Arbitrary<unknown> },
  { weight: 4, arbitrary: fc.boolean().map((exists) => ({ exists })) },
  { weight: 1, arbitrary: word.map((text) => ({ prefix: text })) },
  { weight: 1, arbitrary: word.map((text) => ({ suffix: text })) },
  { weight: 1, arbitrary: word.map((text) => ({ 'equals-ignore-case': text })) },
  { weight: 1, arbitrary: range.map((numeric) => ({ numeric })) },
  {
    weight: 3,
    arbitrary: fc.oneof(word, number, list(word), list(number)).map((values) => ({
      'anything-but': values,
    })),
  },
)

/** Own members, also those named `__proto__`. */
function objectOf<T>(values: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<object> {
  return fc
    .uniqueArray(fc.tuple(name, values), { minLength: 1, maxLength, selector: ([key]) => key })
    .map((entries) => Object.fromEntries(entries))
}

/** An object of the pattern, `depth` names deep at most, often with a `$or`. */
function patternOf(depth: number): fc.Arbitrary<object> {
  const leaf = list(operator)
  if (depth === 1) return objectOf(leaf, 2)
  const below = patternOf(depth - 1)
  const choice = fc.array(below, { minLength: 2, maxLength: 2 })
  return fc
    .tuple(objectOf(fc.oneof(leaf, below), 2), fc.option(choice, { freq: 2 }), fc.boolean())
    .map(([fields, $or, isAlone]) =>
      $or === null ? fields : isAlone ? { $or } : { ...fields, $or },
    )
}

/** A value of the event: often a list, of scalars, objects or lists. */
function eventValue(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return scalar
  const below = eventValue(depth - 1)
  const item = fc.oneof(scalar, objectOf(below, 3), objectOf(below, 3))
  return fc.oneof(item, item, fc.array(fc.oneof(item, below), { maxLength: 3 }))
}

const pattern = patternOf(3)
const event = objectOf(eventValue(3), 4)

t.test('a compiled pattern agrees with the naive reading of aws-semantics §7', async (t) => {
  const seen = { compared: 0, matched: 0, refused: 0, lists: 0, choices: 0 }
  await holds(
    t,
    fc.property(pattern, event, (pattern, event) => {
      const parsed = parsePattern(JSON.stringify(pattern))
      // A path given twice, by a $or or by a dot, is refused; all else that is made here is allowed.
      if (parsed.type === 'refused') {
        seen.refused++
        fc.pre(parsed.reason !== 'the path is given twice')
        throw new Error(`${parsed.path}: ${parsed.reason}`)
      }
      seen.compared++
      const expected = naiveMatches(pattern, event)
      if (expected) seen.matched++
      if (JSON.stringify(event).includes('[')) seen.lists++
      if (parsed.root.choices.length > 0) seen.choices++
      const matches = compilePattern(parsed.root)
      // Twice: the search is built at its first use.
      return (
        matches(event) === expected &&
        matches(event) === expected &&
        (explainMismatch(parsed.root, event).length === 0) === expected
      )
    }),
    { runs: 10_000 },
  )
  t.comment(JSON.stringify(seen))
  t.ok(seen.matched > 0 && seen.lists > 0 && seen.choices > 0, 'matches, lists and choices occur')
})

t.test('a number is exact where its double prints as the same number (§7.3)', async (t) => {
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 25 })
  const text = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(digits),
      fc.option(fc.integer({ min: -330, max: 330 })),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        sign +
        whole.join('').replace(/^0+(?=\d)/, '') +
        (fraction === null ? '' : `.${fraction.join('')}`) +
        (exponent === null ? '' : `e${exponent}`),
    )
  /** The number times 10^800, which makes it whole. */
  const scaled = (text: string): bigint => {
    const [, sign, whole, fraction = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:e\+?(-?\d+))?$/.exec(text)!
    const value =
      BigInt(whole! + fraction) * 10n ** BigInt(800 + Number(exponent) - fraction.length)
    return sign === '-' ? -value : value
  }
  await holds(
    t,
    fc.property(text, (text) => {
      const value = Number(text)
      const isExact = Number.isFinite(value) && scaled(text) === scaled(String(value))
      return exactNumber(text) === (isExact ? value + 0 : undefined)
    }),
    { runs: 2000 },
  )
})
