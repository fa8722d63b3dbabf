import t, { type Test } from 'tap'
import { matchesPattern } from '../../support/filter-cases.ts'

type Row = readonly [line: string, pattern: string, event: string, matches: boolean]

function check(t: Test, rows: readonly Row[]): void {
  for (const [line, pattern, event, matches] of rows) {
    t.equal(matchesPattern(pattern, event), matches, line)
  }
  t.end()
}

t.test('lists in the event are crushed (aws-semantics §7.3)', (t) => {
  check(t, [
    ['any element of scalars', '{"f":["b"]}', '{"f":["a","b"]}', true],
    ['no element of scalars', '{"f":["c"]}', '{"f":["a","b"]}', false],
    ['any element of objects', '{"f":{"g":[2]}}', '{"f":[{"g":1},{"g":2}]}', true],
    ['no element of objects', '{"f":{"g":[3]}}', '{"f":[{"g":1},{"g":2}]}', false],
    ['lists of lists', '{"f":{"g":[2]}}', '{"f":[[{"g":1}],[[{"g":2}]]]}', true],
    ['lists of lists of scalars', '{"f":[2]}', '{"f":[[1],[[2]]]}', true],
    ['a list at the leaf of an element', '{"f":{"g":[2]}}', '{"f":[{"g":[1,2]}]}', true],
    ['a list without an element', '{"f":{"g":[2]}}', '{"f":[]}', false],
    ['scalars where an object is meant', '{"f":{"g":[2]}}', '{"f":[2,"g",null]}', false],
    ['an index is no name', '{"f":{"0":["a"]}}', '{"f":["a"]}', false],
    ['length is no name', '{"f":{"length":[1]}}', '{"f":["a"]}', false],
    ['length of a string is no name', '{"f":{"length":[1]}}', '{"f":"a"}', false],
  ])
})

t.test('two fields never come from different elements of one list (§7.3)', (t) => {
  const both = '{"f":{"a":[1],"b":[2]}}'
  check(t, [
    ['the same element', both, '{"f":[{"a":1},{"a":1,"b":2}]}', true],
    ['different elements', both, '{"f":[{"a":1},{"b":2}]}', false],
    ['the same outer, not the same inner', both, '{"f":[[{"a":1},{"b":2}]]}', false],
    ['not the same outer', both, '{"f":[[{"a":1}],[{"b":2}]]}', false],
    [
      'lists side by side are free',
      '{"f":{"a":[1]},"g":{"b":[2]}}',
      '{"f":[{"a":1}],"g":[{},{"b":2}]}',
      true,
    ],
    [
      'lists below one element are free',
      '{"f":{"a":{"x":[1]},"b":{"y":[2]}}}',
      '{"f":[{"a":[{"x":1}],"b":[{},{"y":2}]}]}',
      true,
    ],
    [
      'lists below two elements are not',
      '{"f":{"a":{"x":[1]},"b":{"y":[2]}}}',
      '{"f":[{"a":[{"x":1}]},{"b":[{"y":2}]}]}',
      false,
    ],
    [
      'scalars of one list bind nothing',
      '{"f":{"a":["x"],"b":[2]}}',
      '{"f":[{"a":["w","x"],"b":[1,2]}]}',
      true,
    ],
    [
      'a branch of $or binds the field beside it',
      '{"f":{"a":[1]},"$or":[{"f":{"b":[2]}},{"f":{"c":[3]}}]}',
      '{"f":[{"a":1},{"b":2},{"c":3}]}',
      false,
    ],
    [
      'a branch of $or in the same element',
      '{"f":{"a":[1]},"$or":[{"f":{"b":[2]}},{"f":{"c":[3]}}]}',
      '{"f":[{"b":2},{"a":1,"c":3}]}',
      true,
    ],
    [
      'a branch beside the list frees',
      '{"f":{"a":[1]},"$or":[{"f":{"b":[2]}},{"g":[3]}]}',
      '{"f":[{"a":1},{"b":2}],"g":3}',
      true,
    ],
    [
      'a field and what is below it',
      '{"f":["x"],"$or":[{"f":{"a":[1]}},{"f":{"b":[1]}}]}',
      '{"f":["x",{"a":1}]}',
      true,
    ],
    [
      'a field and what is below it, apart',
      '{"f":["x"],"$or":[{"f":{"a":[1]}},{"f":{"b":[1]}}]}',
      '{"f":[["x"],[{"a":1}]]}',
      false,
    ],
  ])
})

t.test('exists works on leaves only, and in lists (§7.3)', (t) => {
  const absent = '{"f":{"a":[{"exists":false}]}}'
  check(t, [
    ['absent in every element', absent, '{"f":[{"b":1},{}]}', true],
    ['absent in a list without elements', absent, '{"f":[]}', true],
    ['given in one element', absent, '{"f":[{"a":1},{}]}', false],
    ['an object is no leaf', absent, '{"f":[{"a":{"b":1}}]}', true],
    ['given deep in one element', absent, '{"f":[[{}],[[{"a":null}]]]}', false],
    [
      'absent in the chosen element',
      '{"f":{"a":[1],"b":[{"exists":false}]}}',
      '{"f":[{"a":1},{"b":2}]}',
      true,
    ],
    [
      'given in the chosen element',
      '{"f":{"a":[1],"b":[{"exists":false}]}}',
      '{"f":[{"a":1,"b":2},{}]}',
      false,
    ],
    // Leaves choose in order of their paths: nothing is chosen yet when `a` is looked for.
    [
      'absent, before an element is chosen',
      '{"f":{"b":[2],"a":[{"exists":false}]}}',
      '{"f":[{"a":1},{"b":2}]}',
      false,
    ],
    [
      'absent or a value',
      '{"f":{"a":[{"exists":false},1],"b":[2]}}',
      '{"f":[{"a":1,"b":2}]}',
      true,
    ],
    [
      'absent or a value, in another element',
      '{"f":{"a":[{"exists":false},1],"b":[2]}}',
      '{"f":[{"a":1},{"b":2}]}',
      false,
    ],
  ])
})

t.test('names of every object are fields only where the event has them (reliability §4.6)', (t) => {
  check(t, [
    ['constructor, missing', '{"constructor":[{"exists":false}]}', '{}', true],
    ['constructor, given', '{"constructor":["x"]}', '{"constructor":"x"}', true],
    ['below constructor', '{"constructor":{"name":["Object"]}}', '{}', false],
    ['below __proto__, which ends in null', '{"__proto__":{"__proto__":[null]}}', '{}', false],
    ['__proto__, given', '{"__proto__":{"a":["x"]}}', '{"__proto__":{"a":"x"}}', true],
    ['in a list', '{"f":{"constructor":{"name":["Object"]}}}', '{"f":[{}]}', false],
    ['an empty name', '{"":["x"]}', '{"":"x"}', true],
  ])
})

t.test('a field by its own name: a dot in it leads nowhere', (t) => {
  check(t, [
    ['dotted in both', '{"a.b":["x"]}', '{"a.b":"x"}', true],
    ['dotted in the pattern only', '{"a.b":["x"]}', '{"a":{"b":"x"}}', false],
    ['dotted in the event only', '{"a":{"b":["x"]}}', '{"a.b":"x"}', false],
  ])
})

t.test('what is no record matches only what asks for nothing', (t) => {
  for (const event of ['null', '1', '"f"', '[]']) {
    t.notOk(matchesPattern('{"f":["x"]}', event), event)
    t.ok(matchesPattern('{"f":[{"exists":false}]}', event), event)
  }
  t.end()
})

t.test('lists of a record cannot make the search explode (reliability §9)', (t) => {
  // Nine lists side by side with 200 fitting elements each, and one that never fits.
  const names = Array.from({ length: 9 }, (_, i) => `l${i}`)
  const elements = Array.from({ length: 200 }, () => ({ a: 1, b: 1 }))
  const event = Object.fromEntries([...names, 'z'].map((name) => [name, elements]))
  const fitting = Object.fromEntries(names.map((name) => [name, { a: [1], b: [1] }]))
  t.notOk(matchesPattern({ ...fitting, z: { a: [1], b: [2] } }, event))
  t.ok(matchesPattern({ ...fitting, z: { a: [1], b: [1] } }, event))
  // Nine $or, 512 ways, each through such lists.
  const choices = Object.fromEntries(
    names.map((name) => [name, { a: [1], $or: [{ b: [2] }, { c: [{ exists: true }] }] }]),
  )
  t.notOk(matchesPattern(choices, event))
  // Lists within lists, forty deep, with two elements at each level of the way.
  const deep = JSON.parse(`${'[{},'.repeat(40)}{"a":1}${']'.repeat(40)}`) as unknown
  t.notOk(matchesPattern({ f: { a: [1], b: [{ exists: true }, 3] } }, { f: deep }))
  t.end()
})
