import t from 'tap'
import { parsePattern } from '../../../lib/core/filter/parse-pattern.ts'
import { FILTER_BRANCHES_MAX, FILTER_PATTERN_LENGTH_MAX } from '../../../lib/core/limits.ts'
import { matchesPattern, parsedPattern, refusalOf } from '../../support/filter-cases.ts'

t.test('where and why a pattern is refused (aws-semantics §7.3, D13, D14)', (t) => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{"a":["x"]', /^: no JSON/],
    ['no text', '', /^: no JSON/],
    ['what follows the pattern', '{"a":["x"]} {}', /^: no JSON/],
    ['a list', '[]', /^: the pattern is not an object/],
    ['a string', '"a"', /^: the pattern is not an object/],
    ['null', 'null', /^: the pattern is not an object/],
    ['{} (D14)', '{}', /^: an empty object/],
    ['an empty object', '{"a":{}}', /^a: an empty object/],
    ['an empty list', '{"a":{"b":[]}}', /^a\.b: an empty list/],
    ['a bare value', '{"a":"x"}', /^a: "a" must be an object or a list/],
    ['a bare null', '{"a":{"b":null}}', /^a\.b: "b" must be an object or a list/],
    ['a list in a list', '{"a":[["x"]]}', /^a: a list within a list/],
    ['an empty expression', '{"a":[{}]}', /^a: an empty match expression/],
    ['two operators', '{"a":[{"prefix":"x","suffix":"y"}]}', /^a: only one key/],
    ['unrecognized', '{"a":[{"x":"y"}]}', /^a: unrecognized match type x/],
    [
      'a name of every object',
      '{"a":[{"constructor":"y"}]}',
      /unrecognized match type constructor/,
    ],
    ['prefix of a number', '{"a":[{"prefix":1}]}', /^a: prefix takes a string/],
    ['suffix of null', '{"a":[{"suffix":null}]}', /^a: suffix takes a string/],
    ['ignore-case of a list', '{"a":[{"equals-ignore-case":["x"]}]}', /takes a string/],
    ['exists of a string', '{"a":[{"exists":"true"}]}', /^a: exists takes true or false/],
    ['anything-but of nothing', '{"a":[{"anything-but":[]}]}', /at least one value/],
    ['anything-but, mixed', '{"a":[{"anything-but":["x",1]}]}', /all values are strings or all/],
    ['anything-but true', '{"a":[{"anything-but":true}]}', /^a: anything-but takes a string/],
    ['anything-but null', '{"a":[{"anything-but":[null]}]}', /^a: anything-but takes a string/],
    ['numeric, no list', '{"a":[{"numeric":5}]}', /^a: numeric takes a list/],
    ['numeric, empty', '{"a":[{"numeric":[]}]}', /^a: numeric takes =/],
    ['numeric, unknown sign', '{"a":[{"numeric":["!=",5]}]}', /^a: numeric takes =/],
    ['numeric, no number', '{"a":[{"numeric":["="]}]}', /^a: numeric: no number after =/],
    ['numeric of a string', '{"a":[{"numeric":["=","5"]}]}', /^a: a number is expected/],
    ['numeric = and more', '{"a":[{"numeric":["=",5,"<",6]}]}', /too many elements/],
    ['numeric < and more', '{"a":[{"numeric":["<",5,">",1]}]}', /too many elements/],
    ['numeric, two lower', '{"a":[{"numeric":[">",1,">",2]}]}', /second bound/],
    ['numeric, three bounds', '{"a":[{"numeric":[">",1,"<",2,"<",3]}]}', /too many elements/],
    ['numeric, a lone sign', '{"a":[{"numeric":[">",1,"<"]}]}', /no number after </],
    ['numeric, upside down', '{"a":[{"numeric":[">",2,"<",1]}]}', /less than the upper/],
    ['numeric, of no width', '{"a":[{"numeric":[">=",1,"<=",1]}]}', /less than the upper/],
    ['a number too great', '{"a":[{"numeric":["<",1e400]}]}', /^a: 1e400 has no exact double/],
    ['too many digits', '{"a":[12345678901234567891]}', /has no exact double/],
    ['too small', '{"a":[{"anything-but":1e-400}]}', /has no exact double/],
    ['a path twice', '{"a":["x"],"a":["y"]}', /^a: the path is given twice/],
    ['a path twice, by a dot', '{"a":{"b":["x"]},"a.b":["y"]}', /^a\.b: the path is given twice/],
    ['a path twice, by $or', '{"a":["x"],"$or":[{"a":["y"]},{"b":["z"]}]}', /^a: .* twice/],
    [
      'a path in two $or',
      '{"b":{"$or":[{"a":["x"]},{"c":["y"]}]},"$or":[{"b":{"a":["y"]}},{"d":["z"]}]}',
      /^b\.a: .* twice/,
    ],
    ['$or with an empty branch', '{"$or":[{"a":["x"]},{}]}', /^: an empty object/],
    ['$or with one branch', '{"$or":[{"a":["x"]}]}', /^\$or: unrecognized match type a/],
    ['$or with a list in it', '{"$or":[{"a":["x"]},{"b":["y"]},["z"]]}', /^\$or: /],
    [
      '$or, a reserved name below',
      '{"$or":[{"a":{"prefix":["x"]}},{"b":["y"]}]}',
      /^a\.prefix: .*reserved/,
    ],
    [
      '$or as operator and as a field',
      '{"$or":[{"a":["x"]},{"b":["y"]}],"c":{"$or":["z"]}}',
      /^c\.\$or: \$or is the operator in one place/,
    ],
  ]
  for (const [line, text, refusal] of rows) t.match(refusalOf(text), refusal, line)
  t.end()
})

t.test('$or is the operator only with two objects or more and no reserved name (§7.3)', (t) => {
  const reserved =
    'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range'.split(
      ' ',
    )
  for (const name of reserved) {
    t.ok(refusalOf({ $or: [{ [name]: ['x'] }, { a: ['y'] }] }), `${name} is reserved`)
  }
  const field = { $or: [{ prefix: 'a' }, { suffix: 'z' }] }
  t.ok(matchesPattern(field, { $or: 'a1' }), 'an ordinary key: its members are operators')
  t.notOk(matchesPattern(field, { prefix: 'a' }))
  const below = { $or: { a: ['x'] } }
  t.ok(matchesPattern(below, { $or: { a: 'x' } }), 'an ordinary key: it has an object')
  t.notOk(matchesPattern(below, { a: 'x' }))
  t.ok(matchesPattern({ $or: ['x'] }, { $or: 'x' }), 'an ordinary key: it has values')
  t.end()
})

t.test('an object given twice is one, as in a reader that streams (§7.3)', (t) => {
  const pattern = '{"a":{"b":["x"]},"a":{"c":["y"]}}'
  t.ok(matchesPattern(pattern, { a: { b: 'x', c: 'y' } }))
  t.notOk(matchesPattern(pattern, { a: { c: 'y' } }))
  t.end()
})

t.test('all of JSON is read', (t) => {
  const pattern = ' {\n"a\\u0062" : [ "\\"]},:{[" ,\t-1.50e+2, true ],\r"__proto__":["x"]} '
  t.ok(matchesPattern(pattern, '{"ab":"\\"]},:{[","__proto__":"x"}'))
  t.ok(matchesPattern(pattern, '{"ab":-150,"__proto__":"x"}'))
  t.notOk(matchesPattern(pattern, '{"ab":-150}'))
  t.equal(parsedPattern(pattern).leaves[0]?.text, '["\\"]},:{[",-150,true]')
  t.end()
})

t.test('numbers with an exact double are taken (§7.3)', (t) => {
  for (const number of [
    '0.1',
    '1e308',
    '-5e-324',
    '123456789012',
    '9007199254740992e-1',
    '0.0',
    '1E2',
  ]) {
    t.equal(refusalOf(`{"a":[{"numeric":["=",${number}]}]}`), undefined, number)
  }
  t.end()
})

t.test(`a pattern has at most ${FILTER_PATTERN_LENGTH_MAX} characters (§7.1)`, (t) => {
  const frame = '{"a":[""]}'
  const longest = `{"a":["${'x'.repeat(FILTER_PATTERN_LENGTH_MAX - frame.length)}"]}`
  t.equal(refusalOf(longest), undefined)
  t.match(refusalOf(`${longest} `), /longer than 4096/)
  t.end()
})

t.test('the deepest pattern there can be is read and matched', (t) => {
  const depth = 680
  const nested = (leaf: string): string => '{"a":'.repeat(depth) + leaf + '}'.repeat(depth)
  t.ok(matchesPattern(nested('["x"]'), nested('"x"')))
  t.notOk(matchesPattern(nested('["x"]'), nested('"y"')))
  t.ok(refusalOf(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`))
  t.end()
})

t.test(`$or branches combine ${FILTER_BRANCHES_MAX} times at most`, (t) => {
  const parallel = (count: number): object =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`f${i}`, { $or: [{ a: [1] }, { b: [1] }] }]),
    )
  t.equal(parsePattern(JSON.stringify(parallel(9))).type, 'parsed', '512')
  t.match(refusalOf(parallel(10)), /more than 1000 combinations/, '1024')
  t.match(refusalOf(parallel(90)), /more than 1000 combinations/, '2^90')
  t.end()
})
