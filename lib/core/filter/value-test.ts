// hot path: bench/micro/filter
import { unreachable } from '../invariant.ts'
import type { NumericRange, Operator } from './pattern.ts'

/** What can stand at a leaf of an event. */
export type Scalar = string | number | boolean | null

export type ValueTest = (value: Scalar) => boolean

/** Whether a value of the event is one that a leaf can test; objects, lists and what JSON does not know are not. */
export function isScalar(value: unknown): value is Scalar {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true
    default:
      return value === null
  }
}

/** Whether a leaf holds where nothing stands: `{"exists":false}` is among its operators. */
export function acceptsAbsence(operators: readonly Operator[]): boolean {
  return operators.some((operator) => operator.type === 'exists' && !operator.isExpected)
}

/**
 * One test of a value for all operators of a leaf: true when any of them holds.
 *
 * @source aws-semantics §7.2, §7.3
 */
export function compileValueTest(operators: readonly Operator[]): ValueTest {
  const equal = operators.flatMap((operator) =>
    operator.type === 'equals' ? [operator.value] : [],
  )
  const tests = operators.flatMap((operator) =>
    operator.type === 'equals' ? [] : [compileOperator(operator)],
  )
  if (equal.length > 0) tests.unshift(compileEquality(equal))
  const [first, ...others] = tests
  if (first !== undefined && others.length === 0) return first
  return (value) => {
    for (const test of tests) if (test(value)) return true
    return false
  }
}

function compileEquality(values: readonly Scalar[]): ValueTest {
  const [only, ...others] = values
  if (only !== undefined && others.length === 0) return (value) => value === only
  // A set takes -0 for 0, as === does.
  const set: ReadonlySet<Scalar> = new Set(values)
  return (value) => set.has(value)
}

function compileOperator(operator: Exclude<Operator, { type: 'equals' }>): ValueTest {
  switch (operator.type) {
    case 'equals-ignore-case':
      return compileIgnoringCase(operator.value)
    case 'anything-but': {
      const excluded: ReadonlySet<Scalar> = new Set(operator.values)
      return (value) => !excluded.has(value)
    }
    case 'numeric':
      return compileRange(operator.range)
    case 'prefix': {
      const { value: prefix } = operator
      return (value) => typeof value === 'string' && value.startsWith(prefix)
    }
    case 'suffix': {
      const { value: suffix } = operator
      return (value) => typeof value === 'string' && value.endsWith(suffix)
    }
    case 'exists': {
      const { isExpected } = operator
      return () => isExpected
    }
    default:
      return unreachable(operator)
  }
}

function compileRange({ low, high, includesLow, includesHigh }: NumericRange): ValueTest {
  return (value) =>
    typeof value === 'number' &&
    (includesLow ? value >= low : value > low) &&
    (includesHigh ? value <= high : value < high)
}

/**
 * Letter by letter, each as its lower or its upper case, as AWS's engine does it: `ß` also matches `SS`, but not the
 * other way round, and letters beyond U+FFFF match themselves only.
 */
function compileIgnoringCase(text: string): ValueTest {
  const letters = text.split('').map((letter) => {
    const lower = letter.toLowerCase()
    const upper = letter.toUpperCase()
    return lower === upper
      ? escapeLetter(letter)
      : `(?:${escapeLetter(lower)}|${escapeLetter(upper)})`
  })
  const expression = new RegExp(`^${letters.join('')}$`)
  return (value) => typeof value === 'string' && expression.test(value)
}

function escapeLetter(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
