import t from 'tap'
import { compileFilter, type Filter } from '../../../lib/core/filter/filter.ts'

function filterOf(...patterns: readonly object[]): Filter {
  const compiled = compileFilter(patterns.map((pattern) => JSON.stringify(pattern)))
  if (compiled.type !== 'compiled') throw new Error(compiled.type)
  return compiled.filter
}

t.test('an empty list is no filter (aws-semantics §7.1)', (t) => {
  t.same(compileFilter([]), { type: 'none' })
  t.end()
})

t.test('up to five patterns, of which one must match (§7.1)', (t) => {
  const patterns = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ [name]: ['x'] }))
  const filter = filterOf(...patterns)
  for (const name of ['a', 'c', 'e']) t.ok(filter.matches({ [name]: 'x' }), name)
  t.notOk(filter.matches({ a: 'y', f: 'x' }))
  t.match(compileFilter([...patterns, { f: ['x'] }].map((pattern) => JSON.stringify(pattern))), {
    type: 'refused',
    index: 5,
  })
  t.end()
})

t.test('a refusal names the pattern, the path and the reason (D13)', (t) => {
  t.same(compileFilter(['{"a":["x"]}', '{"a":{"b":["x",{"cidr":"10.0.0.0/8"}]}}']), {
    type: 'refused',
    index: 1,
    path: 'a.b',
    reason:
      'unrecognized match type cidr; filters of a mapping know prefix, suffix, equals-ignore-case, anything-but, numeric and exists',
  })
  t.match(compileFilter(['{}']), { type: 'refused', index: 0, path: '' }, 'D14')
  t.end()
})

t.test('DynamoDB: patterns on eventName, eventSource and below dynamodb (§7.4)', (t) => {
  const record = {
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000,
      Keys: { id: { S: 'a' } },
      NewImage: {
        id: { S: 'a' },
        age: { N: '101' },
        tags: { SS: ['x', 'y'] },
        gone: { NULL: true },
      },
    },
  }
  const image = (attributes: object): object => ({ dynamodb: { NewImage: attributes } })
  const rows: readonly (readonly [string, object, boolean])[] = [
    ['eventName', { eventName: ['INSERT'] }, true],
    ['eventSource', { eventSource: ['aws:dynamodb'] }, true],
    ['the type descriptor is part of the path', image({ age: { N: ['101'] } }), true],
    ['numeric never matches N', image({ age: { N: [{ numeric: ['>', 100] }] } }), false],
    [
      'numeric on a number',
      { dynamodb: { ApproximateCreationDateTime: [{ numeric: ['>=', 1.7e9] }] } },
      true,
    ],
    ['exists:false on an attribute', image({ other: [{ exists: false }] }), true],
    ['exists:false on a descriptor', image({ age: { S: [{ exists: false }] } }), true],
    ['exists:true on a descriptor', image({ age: { N: [{ exists: true }] } }), true],
    ['a set of strings', image({ tags: { SS: ['y'] } }), true],
    ['a NULL attribute', image({ gone: { NULL: [true] } }), true],
    ['no old image', { dynamodb: { OldImage: { id: { S: [{ exists: true }] } } } }, false],
  ]
  for (const [line, pattern, matches] of rows)
    t.equal(filterOf(pattern).matches(record), matches, line)
  t.end()
})

t.test('a record is left as it was, and may be frozen', (t) => {
  const record = Object.freeze({ f: Object.freeze([Object.freeze({ a: 1 })]) })
  t.ok(filterOf({ f: { a: [1] } }).matches(record))
  t.same(record, { f: [{ a: 1 }] })
  t.end()
})
