import t, { type Test } from 'tap'
import { matchesPattern, refusalOf } from '../../support/filter-cases.ts'

// What the README of AWS's open event-ruler shows by example, section by section, on an event of our own.

const EVENT = {
  kind: 'Parcel State-change Notice',
  origin: 'demo.parcels',
  at: '2024-03-05T10:20:30Z',
  items: ['parcel:eu:0007'],
  detail: {
    bags: 5,
    stops: 3,
    weight: 301.8,
    host: '10.0.0.33',
    id: 'p-000000aaaaaa',
    state: 'moving',
  },
}

type Row = readonly [line: string, pattern: object, event: object, matches: boolean]

function check(t: Test, rows: readonly Row[]): void {
  for (const [line, pattern, event, matches] of rows) {
    t.equal(matchesPattern(pattern, event), matches, line)
  }
  t.end()
}

const detail = (fields: object): object => ({ detail: fields })

t.test('"Simple matching"', (t) => {
  const pattern = {
    kind: ['Parcel State-change Notice'],
    items: ['parcel:eu:0007'],
    detail: { state: ['waiting', 'moving'] },
  }
  check(t, [
    ['all fields have one of the values', pattern, EVENT, true],
    ['the other value of the list', pattern, { ...EVENT, detail: { state: 'waiting' } }, true],
    ['a value that is not in the list', pattern, { ...EVENT, detail: { state: 'lost' } }, false],
    ['lists intersect', pattern, { ...EVENT, items: ['other', 'parcel:eu:0007'] }, true],
    ['lists do not intersect', pattern, { ...EVENT, items: ['other'] }, false],
    ['a field is missing', { ...pattern, more: ['x'] }, EVENT, false],
  ])
})

t.test('prefix, suffix, equals-ignore-case: "only work on string-valued fields"', (t) => {
  check(t, [
    ['prefix', { at: [{ prefix: '2024-03-05' }] }, EVENT, true],
    ['suffix', { origin: [{ suffix: 'parcels' }] }, EVENT, true],
    ['equals-ignore-case', { origin: [{ 'equals-ignore-case': 'DEMO.Parcels' }] }, EVENT, true],
    ['prefix of a number', detail({ bags: [{ prefix: '5' }] }), EVENT, false],
    ['suffix of a number', detail({ bags: [{ suffix: '5' }] }), EVENT, false],
    [
      'equals-ignore-case of a number',
      detail({ bags: [{ 'equals-ignore-case': '5' }] }),
      EVENT,
      false,
    ],
  ])
})

t.test('"Anything-but matching"', (t) => {
  check(t, [
    ['a string, another is there', detail({ state: [{ 'anything-but': 'waiting' }] }), EVENT, true],
    ['a string that is there', detail({ state: [{ 'anything-but': 'moving' }] }), EVENT, false],
    ['a number', detail({ weight: [{ 'anything-but': 123 }] }), EVENT, true],
    ['the number that is there', detail({ weight: [{ 'anything-but': 3.018e2 }] }), EVENT, false],
    ['strings', detail({ state: [{ 'anything-but': ['lost', 'late'] }] }), EVENT, true],
    [
      'strings, one is there',
      detail({ state: [{ 'anything-but': ['lost', 'moving'] }] }),
      EVENT,
      false,
    ],
    ['numbers', detail({ weight: [{ 'anything-but': [100, 200, 300] }] }), EVENT, true],
    ['numbers, one is there', detail({ weight: [{ 'anything-but': [100, 301.8] }] }), EVENT, false],
  ])
})

t.test('"Numeric matching": JSON numbers, as doubles', (t) => {
  const pattern = detail({
    bags: [{ numeric: ['>', 0, '<=', 5] }],
    stops: [{ numeric: ['<', 10] }],
    weight: [{ numeric: ['=', 3.018e2] }],
  })
  check(t, [
    ['all three', pattern, EVENT, true],
    ['one is out of its range', pattern, detail({ ...EVENT.detail, bags: 6 }), false],
    ['one is a string', pattern, detail({ ...EVENT.detail, stops: '3' }), false],
  ])
})

t.test('"Exists matching": presence and absence, on leaves only', (t) => {
  const present = detail({ bags: [{ exists: true }] })
  const absent = detail({ bags: [{ exists: false }] })
  const without = detail({ state: ['waiting', 'moving'] })
  const asNode = detail({ state: ['moving'], bags: { large: 100 } })
  check(t, [
    ['true, and it is there', present, EVENT, true],
    ['true, and it is not', present, without, false],
    ['false, and it is there', absent, EVENT, false],
    ['false, and it is not', absent, without, true],
    ['false, and it is no leaf', absent, asNode, true],
    ['true, and it is no leaf', present, asNode, false],
  ])
})

t.test('"Complex example", without the operators that mappings do not have', (t) => {
  const pattern = {
    at: [{ prefix: '2024-03-05' }],
    detail: {
      state: [{ 'anything-but': 'waiting' }],
      bags: [{ numeric: ['>', 0, '<=', 5] }],
      stops: [{ numeric: ['<', 10] }],
      weight: [{ 'anything-but': [100, 200, 300] }],
    },
  }
  check(t, [
    ['all fields fit', pattern, EVENT, true],
    ['one does not', pattern, { ...EVENT, at: '2024-03-06' }, false],
  ])
})

t.test('operators of event-ruler that mappings do not have are refused (D13)', (t) => {
  for (const operator of [
    { prefix: { 'equals-ignore-case': 'X' } },
    { suffix: { 'equals-ignore-case': 'X' } },
    { wildcard: 'a*b' },
    { cidr: '10.0.0.0/24' },
    { 'anything-but': { prefix: 'x' } },
    { 'anything-but': { suffix: ['x', 'y'] } },
    { 'anything-but': { 'equals-ignore-case': 'x' } },
    { 'anything-but': { wildcard: '*x' } },
  ]) {
    t.match(refusalOf(detail({ f: [operator] })), /^detail\.f: /, JSON.stringify(operator))
  }
  t.end()
})

t.test('"The $or Primitive": normal, parallel, with an and inside, nested', (t) => {
  const normal = { origin: ['m'], $or: [{ name: ['cpu', 'disk'] }, { space: ['a', 'b'] }] }
  const parallel = {
    $or: [{ name: ['cpu'] }, { space: ['a'] }],
    detail: { $or: [{ origin: ['m'] }, { kind: ['alarm'] }] },
  }
  const withAnd = {
    origin: ['m'],
    $or: [{ name: ['cpu'] }, { type: ['t'], space: ['a'] }, { scope: ['s'] }],
  }
  const nested = {
    origin: ['m'],
    $or: [
      { name: ['cpu'] },
      { type: ['t'], space: ['a'], $or: [{ nameId: [1234] }, { spaceId: [1000] }] },
      { scope: ['s'] },
    ],
  }
  check(t, [
    ['normal: first', normal, { origin: 'm', name: 'disk' }, true],
    ['normal: second', normal, { origin: 'm', space: 'b' }, true],
    ['normal: neither', normal, { origin: 'm', name: 'x', space: 'x' }, false],
    ['normal: not the field beside it', normal, { origin: 'x', name: 'cpu' }, false],
    ['parallel: one of each', parallel, { space: 'a', detail: { kind: 'alarm' } }, true],
    ['parallel: none of the second', parallel, { name: 'cpu', space: 'a', detail: {} }, false],
    ['and: both', withAnd, { origin: 'm', type: 't', space: 'a' }, true],
    ['and: half', withAnd, { origin: 'm', type: 't' }, false],
    ['and: the third branch', withAnd, { origin: 'm', scope: 's' }, true],
    ['nested: inner branch', nested, { origin: 'm', type: 't', space: 'a', spaceId: 1000 }, true],
    ['nested: no inner branch', nested, { origin: 'm', type: 't', space: 'a' }, false],
    ['nested: outer branch', nested, { origin: 'm', name: 'cpu' }, true],
  ])
})

t.test('"$or as field name in the rule"', (t) => {
  const pattern = { origin: ['m'], $or: { type: ['t'], space: ['a', 'b'] } }
  check(t, [
    ['an ordinary field', pattern, { origin: 'm', $or: { type: 't', space: 'b' } }, true],
    ['not the operator', pattern, { origin: 'm', type: 't', space: 'b' }, false],
    [
      'with reserved names: a leaf of that name',
      { $or: [{ numeric: ['>', 0, '<=', 5] }, { numeric: ['>', 10] }] },
      { $or: 11 },
      true,
    ],
  ])
})

t.test('"$or" with reserved names that are no operators either is refused', (t) => {
  t.match(refusalOf({ $or: [{ numeric: 123 }, { prefix: 'abc' }] }), /^\$or: numeric takes a list/)
  t.end()
})

t.test('"JSON Array Matching"', (t) => {
  const person = (first: string, last: string): object => ({ first, last })
  const flat = { staff: [person('Ada', 'Byron'), person('Ida', 'Rhodes'), person('Eva', 'Tardos')] }
  const [ada, ida, eva] = flat.staff
  const levels = { staff: [[ada, ida], [eva]] }
  const one = { staff: { first: ['Ida'] } }
  const mixed = { staff: { first: ['Ida'], last: ['Tardos'] } }
  const same = { staff: { first: ['Ida'], last: ['Rhodes'] } }
  check(t, [
    ['the list is crushed', one, flat, true],
    ['lists of several levels are', one, levels, true],
    ['never of two elements', mixed, flat, false],
    ['never of two elements, of several levels', mixed, levels, false],
    ['both of one element', same, flat, true],
    ['both of one element, of several levels', same, levels, true],
  ])
})
