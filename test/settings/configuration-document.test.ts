import t from 'tap'
import { readDocument } from '../../lib/settings/configuration-document.ts'

function failure(text: string, file = 'm.yaml'): unknown {
  try {
    readDocument(text, file)
  } catch (error) {
    return error
  }
  return undefined
}

t.test('values and where they stand, in YAML and in JSON', (t) => {
  const yaml = readDocument('Engine:\n  MaximumThreads: 3\n', 'm.yaml')
  const json = readDocument('{\n\t"Engine": {\n\t\t"MaximumThreads": 3\n\t}\n}', 'm.json')
  for (const { value } of [yaml, json]) t.same(value, { Engine: { MaximumThreads: 3 } })
  const path = ['Engine', 'MaximumThreads']
  t.same(yaml.origins.of(path), { type: 'file', file: 'm.yaml', line: 2, column: 19 })
  t.same(yaml.origins.ofName(path), { type: 'file', file: 'm.yaml', line: 2, column: 3 })
  t.same(json.origins.of(path), { type: 'file', file: 'm.json', line: 3, column: 21 })
  t.end()
})

const MALFORMED: readonly [string, string, string, string, number, number][] = [
  ['a duplicate key', 'm.yaml', 'a: 1\nb: 2\na: 3', 'duplicate key a', 3, 1],
  ['a duplicate key in JSON', 'm.json', '{"a": 1,\n "a": 2}', 'duplicate key "a', 2, 2],
  ['two spellings of one key', 'm.yaml', '1: x\n"1": y', 'duplicate key 1', 2, 1],
  ['bad indentation', 'm.yaml', 'a:\n  - b\n c: d', 'All mapping items', 3, 1],
  ['an unclosed list', 'm.yaml', 'a: [1,\n  2', 'Flow sequence', 2, 4],
  [
    'a tag of a template',
    'm.yaml',
    'a: 1\nb: !GetAtt T.StreamArn',
    'Unresolved tag: !GetAtt',
    2,
    4,
  ],
  ['an unknown alias', 'm.yaml', 'a: *x', 'unknown alias *x', 1, 4],
  [
    'two documents',
    'm.yaml',
    'a: 1\n---\nb: 2',
    'a second document begins here: only one is allowed',
    2,
    1,
  ],
  ['a key that is a list', 'm.yaml', '? [a]\n: 1', 'a key must be a plain name', 1, 3],
  ['a comma too many in JSON', 'm.json', '{\n  "a": 1,\n}', 'double-quoted property name', 3, 1],
  ['YAML in a .json file', 'm.json', 'a: 1', 'Unexpected token', 1, 1],
  [
    'a comment in JSON',
    'm.json',
    '{\n  "Engine": {},\n  # why\n  "a": 1\n}',
    'double-quoted property name',
    3,
    3,
  ],
  [
    'a bare word in JSON',
    'm.json',
    '{\n  "Engine": { "MaximumThreads": ten }\n}',
    'Unexpected token',
    2,
    34,
  ],
  ['an end too early in JSON', 'm.json', '{\n "a": [', 'Unexpected end of JSON input', 2, 8],
  ['an empty .json file', 'm.json', '', 'Unexpected end of JSON input', 1, 1],
]

for (const [what, file, text, reason, line, column] of MALFORMED) {
  t.test(`malformed: ${what}`, (t) => {
    const code = 'MILLRACE_CONFIG_MALFORMED'
    t.match(failure(text, file), { code, facts: { file, line, column, reason } })
    t.end()
  })
}

t.test('an alias is the value it stands for, but not without end', (t) => {
  const { value } = readDocument('a: &x { b: 1 }\nc: *x', 'm.yaml')
  t.same(value, { a: { b: 1 }, c: { b: 1 } })
  const levels = Array.from(
    { length: 8 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`)}]`,
  )
  t.match(failure(['l0: &l0 [x]', ...levels].join('\n')), {
    facts: { reason: /more than 100000 values/ },
  })
  t.match(failure('a: &a [*a]'), { facts: { reason: /nested too deeply|unknown alias/ } })
  t.match(failure('['.repeat(50_000)), { code: 'MILLRACE_CONFIG_MALFORMED' })
  t.end()
})

t.test('names are only names, an empty file is nothing, a byte order mark is skipped', (t) => {
  const { value } = readDocument('__proto__: { a: 1 }\nconstructor: 2\n3: x', 'm.yaml')
  t.same(Object.keys(value as object), ['3', '__proto__', 'constructor'])
  t.equal(Object.getPrototypeOf(value), null)
  t.equal(readDocument('', 'm.yaml').value, null)
  t.same(readDocument('\uFEFF{"a": 1}', 'm.json').value, { a: 1 })
  t.end()
})
