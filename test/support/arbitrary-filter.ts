import fc from 'fast-check'

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

/** What a pattern's text says; refused where a path is in it twice. */
export const anyPattern = patternOf(3)
/** Made of the names and values of {@link anyPattern}. */
export const anyEvent = objectOf(eventValue(3), 4)
