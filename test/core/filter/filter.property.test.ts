import fc from 'fast-check'
import t from 'tap'
import { compilePattern } from '../../../lib/core/filter/compile-pattern.ts'
import { exactNumber } from '../../../lib/core/filter/exact-number.ts'
import { explainMismatch } from '../../../lib/core/filter/explain-mismatch.ts'
import { parsePattern } from '../../../lib/core/filter/parse-pattern.ts'
import { anyEvent, anyPattern } from '../../support/arbitrary-filter.ts'
import { naiveMatches } from '../../support/naive-filter.ts'
import { holds } from '../../support/property.ts'

t.test('a compiled pattern agrees with the naive reading of aws-semantics §7', async (t) => {
  const seen = { compared: 0, matched: 0, refused: 0, lists: 0, choices: 0 }
  await holds(
    t,
    fc.property(anyPattern, anyEvent, (pattern, event) => {
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
