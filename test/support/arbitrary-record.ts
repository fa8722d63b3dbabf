import fc from 'fast-check'

/** Names that a careless reader or writer trips over, among others. @source reliability §4.6 */
export const NASTY_NAMES = [
  '__proto__',
  '__proto_',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  '',
  '0',
  '1',
  '42',
  '-1',
  '1.5',
  '4294967295',
  'a b',
  'a"b',
  'a\\b',
  'naïve',
  '日本',
  '😀',
  '\ud800',
  '\u2028',
  '\u0000',
  'S',
  'M',
  'then',
]

const name = fc.oneof(
  fc.constantFrom(...NASTY_NAMES),
  fc.constantFrom('id', 'total', 'status', 'items'),
  fc.string({ maxLength: 12 }),
)
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('\ud800', 'a\udfff', '"\\\n\r\t\b\f\u0001\u007f', 'x'.repeat(70_000)),
)
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)
const binary = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))

/** An object from pairs as `JSON.parse` would make it: `__proto__` is a member like any other. */
export function objectOf(
  entries: readonly (readonly [string, unknown])[],
): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  for (const [key, value] of entries) {
    Object.defineProperty(made, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return made
}

/** A map of attributes as DynamoDB has them, all types, nested. */
export const attributes = fc.letrec<{ attributes: Record<string, unknown>; value: unknown }>(
  (tie) => ({
    attributes: fc.array(fc.tuple(name, tie('value')), { maxLength: 6 }).map(objectOf),
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text.map((S) => ({ S })),
      number.map((N) => ({ N })),
      binary.map((B) => ({ B })),
      fc.boolean().map((BOOL) => ({ BOOL })),
      fc.constant({ NULL: true }),
      fc.array(text, { minLength: 1, maxLength: 4 }).map((SS) => ({ SS })),
      fc.array(number, { minLength: 1, maxLength: 4 }).map((NS) => ({ NS })),
      fc.array(binary, { minLength: 1, maxLength: 4 }).map((BS) => ({ BS })),
      tie('attributes').map((M) => ({ M })),
      fc.array(tie('value'), { maxLength: 20 }).map((L) => ({ L })),
    ),
  }),
).attributes

/** DynamoDB's item size, written down once more. */
export function naiveSize(map: object): number {
  let size = 0
  for (const [name, value] of Object.entries(map))
    size += Buffer.byteLength(name) + valueSize(value)
  return size
}

function valueSize(value: object): number {
  const [type, content] = Object.entries(value)[0]! as [string, never]
  const sum = (list: readonly unknown[], type: string): number =>
    list.reduce<number>((total, element) => total + valueSize({ [type]: element }), 0)
  switch (type) {
    case 'S':
      return Buffer.byteLength(content)
    case 'B':
      return Buffer.from(content, 'base64').length
    case 'N':
      return numberSize(content)
    case 'M':
      return 3 + Object.keys(content).length + naiveSize(content)
    case 'L':
      return (content as object[]).reduce((total, element) => total + 1 + valueSize(element), 3)
    case 'SS':
    case 'NS':
    case 'BS':
      return sum(content, type[0]!)
    default:
      return 1
  }
}

function numberSize(text: string): number {
  const digits = text.replace(/e.*/i, '').replace(/\D/g, '').replace(/^0+/, '').replace(/0+$/, '')
  if (digits === '') return 1
  return 1 + Math.ceil(digits.length / 2) + (text.startsWith('-') ? 1 : 0)
}
