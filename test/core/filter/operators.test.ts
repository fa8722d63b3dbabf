import t from 'tap'
import { matchesPattern, refusalOf } from '../../support/filter-cases.ts'

/** aws-semantics §7.2: the lines that the Lambda guide's table has, each with values of a field `f` that pass or do not. `undefined`: no field. */
const ROWS: readonly {
  readonly line: string
  readonly operators: readonly unknown[]
  readonly pass: readonly unknown[]
  readonly fail: readonly unknown[]
}[] = [
  {
    line: 'null',
    operators: [null],
    pass: [null, [1, null]],
    fail: [undefined, '', 'null', 0, false, {}, []],
  },
  { line: 'empty string', operators: [''], pass: ['', ['a', '']], fail: [undefined, null, ' ', 0] },
  {
    line: 'equals, a string: character by character, case-sensitive (§7.3)',
    operators: ['Aé'],
    pass: ['Aé', ['x', 'Aé']],
    fail: ['aé', 'Aé ', 'Ae\u0301', 'A', undefined, null, ['aé'], { Aé: 'Aé' }],
  },
  {
    line: 'equals, a number: by value (D13)',
    operators: [300],
    pass: [300, 3e2, [1, 300]],
    fail: ['300', 301, 300.5, true, undefined],
  },
  { line: 'equals, zero of either sign', operators: [0], pass: [0, -0], fail: ['0', false, null] },
  { line: 'equals, true', operators: [true], pass: [true], fail: ['true', 1, false, undefined] },
  { line: 'equals, false', operators: [false], pass: [false], fail: ['false', 0, null, undefined] },
  {
    line: 'equals-ignore-case',
    operators: [{ 'equals-ignore-case': 'Straße.x' }],
    pass: ['Straße.x', 'STRASSE.X', 'sTRaßE.X'],
    fail: ['Straße.xx', 'Straßezx', 'xStraße.x', undefined, null, 1],
  },
  {
    line: 'equals-ignore-case, what an expression would take for its own signs',
    operators: [{ 'equals-ignore-case': 'a$^\\.*[\n(' }],
    pass: ['A$^\\.*[\n('],
    fail: ['A$^\\.*[\n(\n', 'a', ''],
  },
  {
    line: 'or, one field: several list members',
    operators: ['a', 1, { prefix: 'b' }],
    pass: ['a', 1, 'bc'],
    fail: ['c', 2, '1', undefined],
  },
  {
    line: 'anything-but, a string',
    operators: [{ 'anything-but': 'a' }],
    pass: ['b', 'A', '', 1, true, null, ['a', 'b']],
    fail: ['a', ['a', 'a'], undefined, {}, []],
  },
  {
    line: 'anything-but, a number',
    operators: [{ 'anything-but': 1 }],
    pass: [2, '1', null],
    fail: [1, 1.0, undefined],
  },
  {
    line: 'anything-but, a list of strings',
    operators: [{ 'anything-but': ['a', 'b'] }],
    pass: ['c', 1],
    fail: ['a', 'b', undefined],
  },
  {
    line: 'anything-but, a list of numbers',
    operators: [{ 'anything-but': [100, 2e2] }],
    pass: [101, '100'],
    fail: [100, 200],
  },
  {
    line: 'numeric =',
    operators: [{ numeric: ['=', 100] }],
    pass: [100, 1e2],
    fail: ['100', 99, 101, null, undefined],
  },
  {
    line: 'numeric >',
    operators: [{ numeric: ['>', 10] }],
    pass: [10.1, 1e300],
    fail: [10, 9, '11'],
  },
  { line: 'numeric >=', operators: [{ numeric: ['>=', 10] }], pass: [10, 11], fail: [9.9, '11'] },
  {
    line: 'numeric <',
    operators: [{ numeric: ['<', 0] }],
    pass: [-1, -1e300],
    fail: [0, -0, '-1'],
  },
  { line: 'numeric <=', operators: [{ numeric: ['<=', 0] }], pass: [-0.5, 0], fail: [0.1, null] },
  {
    line: 'numeric, a range',
    operators: [{ numeric: ['>', 10, '<=', 20] }],
    pass: [10.5, 20],
    fail: [10, 20.5, '15', true, undefined],
  },
  {
    line: 'numeric, a range with its lower end',
    operators: [{ numeric: ['>=', -1.5, '<', 1.5] }],
    pass: [-1.5, 0],
    fail: [1.5, -2],
  },
  {
    line: 'exists, true: leaves only',
    operators: [{ exists: true }],
    pass: ['', null, 0, false, [1], [{ g: 1 }, 2]],
    fail: [undefined, {}, { g: 1 }, [], [{ g: 1 }]],
  },
  {
    line: 'exists, false: true where the path is missing',
    operators: [{ exists: false }],
    pass: [undefined, {}, { g: 1 }, [], [{ g: 1 }]],
    fail: ['', null, 0, [1], [{ g: 1 }, 2], [[1]]],
  },
  {
    line: 'exists, false, or a value',
    operators: [{ exists: false }, 'a'],
    pass: [undefined, 'a', ['b', 'a']],
    fail: ['b', ['b'], null],
  },
  {
    line: 'prefix',
    operators: [{ prefix: 'us-' }],
    pass: ['us-', 'us-east-1', ['eu', 'us-1']],
    fail: ['us', 'US-1', 'xus-', 1, null, undefined],
  },
  {
    line: 'prefix, empty',
    operators: [{ prefix: '' }],
    pass: ['', 'a'],
    fail: [1, null, undefined],
  },
  {
    line: 'suffix',
    operators: [{ suffix: '.png' }],
    pass: ['.png', 'a.png'],
    fail: ['png', 'a.PNG', 'a.png ', 1, null, undefined],
  },
  {
    line: 'suffix, empty',
    operators: [{ suffix: '' }],
    pass: ['', 'a'],
    fail: [1, null, undefined],
  },
]

t.test('operators of the Lambda table (aws-semantics §7.2)', (t) => {
  for (const { line, operators, pass, fail } of ROWS) {
    const matches = (value: unknown): boolean =>
      matchesPattern({ f: operators }, value === undefined ? { g: 1 } : { f: value })
    for (const value of pass) t.ok(matches(value), `${line}: ${JSON.stringify(value)} passes`)
    for (const value of fail) t.notOk(matches(value), `${line}: ${JSON.stringify(value)} does not`)
  }
  t.end()
})

t.test('and: several keys (§7.2)', (t) => {
  const pattern = { a: ['x'], b: { c: [1] } }
  t.ok(matchesPattern(pattern, { a: 'x', b: { c: 1 }, d: 2 }))
  t.notOk(matchesPattern(pattern, { a: 'x', b: { c: 2 } }))
  t.notOk(matchesPattern(pattern, { b: { c: 1 } }))
  t.end()
})

t.test('or, several fields: $or (§7.2)', (t) => {
  const pattern = { a: ['x'], b: { $or: [{ c: [1] }, { d: [2], e: [3] }] } }
  t.ok(matchesPattern(pattern, { a: 'x', b: { c: 1 } }))
  t.ok(matchesPattern(pattern, { a: 'x', b: { d: 2, e: 3 } }))
  t.notOk(matchesPattern(pattern, { a: 'x', b: { d: 2 } }))
  t.notOk(matchesPattern(pattern, { a: 'y', b: { c: 1 } }))
  t.notOk(matchesPattern(pattern, { a: 'x' }))
  t.end()
})

t.test('what the Lambda table does not list is refused (§7.2, D13)', (t) => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['prefix + equals-ignore-case', { prefix: { 'equals-ignore-case': 'a' } }],
    ['suffix + equals-ignore-case', { suffix: { 'equals-ignore-case': 'a' } }],
    ['anything-but + prefix', { 'anything-but': { prefix: 'a' } }],
    ['anything-but + suffix', { 'anything-but': { suffix: 'a' } }],
    ['anything-but + equals-ignore-case', { 'anything-but': { 'equals-ignore-case': 'a' } }],
    ['anything-but + wildcard', { 'anything-but': { wildcard: 'a*' } }],
    ['wildcard', { wildcard: 'a*b' }],
    ['cidr', { cidr: '10.0.0.0/24' }],
    ['exactly', { exactly: 'a' }],
    ['an unknown operator', { regex: 'a' }],
  ]
  for (const [line, operator] of rows) t.match(refusalOf({ a: { b: [operator] } }), /^a\.b: /, line)
  t.end()
})
