import t from 'tap'
import { patternWarnings } from '../../../lib/core/filter/pattern-warnings.ts'
import { matchesPattern, parsedPattern } from '../../support/filter-cases.ts'

const image = (attributes: object): object => ({ dynamodb: { NewImage: attributes } })
const warnings = (pattern: object): readonly string[] =>
  patternWarnings(parsedPattern(pattern)).map(({ path, reason }) => `${path}: ${reason}`)

/** A record in which attribute `a` has every type a pattern below may ask for. */
const RECORD = image({
  a: { N: '101', NS: ['101'], M: { b: { N: '101' } }, L: [{ N: '101' }], S: '101' },
})

t.test('numbers under N, which is a string, never match (aws-semantics §7.4)', (t) => {
  const rows: readonly (readonly [object, string, RegExp])[] = [
    [{ a: { N: [{ numeric: ['>', 100] }] } }, 'a.N', /numeric never matches/],
    [{ a: { N: [101] } }, 'a.N', /a number never matches/],
    [{ a: { NS: [{ numeric: ['=', 101] }] } }, 'a.NS', /numeric never matches/],
    [{ a: { M: { b: { N: [{ numeric: ['>=', 0] }] } } } }, 'a.M.b.N', /numeric never matches/],
    [{ a: { L: { N: [101] } } }, 'a.L.N', /a number never matches/],
    [{ a: ['101'] }, 'a', /never matches: .*type descriptor/],
    [{ a: [{ exists: true }] }, 'a', /never matches: .*type descriptor/],
  ]
  for (const [attributes, path, warning] of rows) {
    const given = warnings(image(attributes))
    t.equal(given.length, 1, path)
    t.match(given[0], warning)
    t.ok(given[0]?.startsWith(`dynamodb.NewImage.${path}: `))
    t.notOk(matchesPattern(image(attributes), RECORD), 'as the warning says')
  }
  t.end()
})

t.test('what always matches is warned of too', (t) => {
  for (const attributes of [
    { a: { N: [{ 'anything-but': [101] }] } },
    { a: [{ exists: false }] },
  ]) {
    t.match(warnings(image(attributes))[0], /always matches/)
    t.ok(matchesPattern(image(attributes), RECORD), 'as the warning says')
  }
  t.end()
})

t.test('also below $or, in Keys and in OldImage', (t) => {
  const given = warnings({
    dynamodb: { $or: [{ Keys: { a: { N: [1] } } }, { OldImage: { a: { N: [2] } } }] },
  })
  t.same(given.length, 2)
  t.end()
})

t.test('what a record can decide is not warned of', (t) => {
  for (const pattern of [
    image({ a: { N: ['101'] } }),
    image({ a: { N: [{ exists: true }] } }),
    image({ a: { N: [{ prefix: '1' }, { 'anything-but': ['2'] }] } }),
    image({ N: { S: ['x'] } }),
    { dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>', 0] }] } },
    { dynamodb: { SizeBytes: [{ numeric: ['>', 0] }] } },
    { data: { N: [{ numeric: ['>', 0] }] } },
    { eventName: ['INSERT'] },
  ]) {
    t.same(warnings(pattern), [], JSON.stringify(pattern))
  }
  t.end()
})
