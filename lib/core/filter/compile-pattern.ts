// hot path: bench/micro/filter
import { compileElementSearch } from './element-search.ts'
import type { Choice, Conjunction, Leaf } from './pattern.ts'
import {
  acceptsAbsence,
  compileValueTest,
  isScalar,
  type Scalar,
  type ValueTest,
} from './value-test.ts'

/** What a part of a pattern can say alone. `LISTS`: a list of objects or lists lies on the way, so parts depend on each other. */
type Outcome = typeof FAILS | typeof HOLDS | typeof LISTS
const FAILS = 0
const HOLDS = 1
const LISTS = 2

type Evaluate = (event: unknown) => Outcome

/**
 * Compiles a pattern once into closures.
 *
 * Where no list of objects lies on the way, leaves are independent and each is a walk and a test. Only an event that
 * has such a list, and that no independent leaf has decided, goes through the search of `element-search.ts`.
 *
 * @returns A function of a decoded record: plain objects, lists and scalars. It never throws and changes nothing.
 * @cost O(pattern) without such lists; no allocation.
 * @source aws-semantics §7.3
 */
export function compilePattern(root: Conjunction): (event: unknown) => boolean {
  const evaluate = compileConjunction(root)
  const search = compileElementSearch(root)
  return (event) => {
    const outcome = evaluate(event)
    return outcome === LISTS ? search(event) : outcome === HOLDS
  }
}

function compileConjunction({ leaves, choices }: Conjunction): Evaluate {
  const parts = [...leaves.map(compileLeaf), ...choices.map(compileChoice)]
  const [first, ...others] = parts
  if (first !== undefined && others.length === 0) return first
  return (event) => {
    let outcome: Outcome = HOLDS
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!(event)
      // Sound beside lists: what fails alone fails in any element.
      if (part === FAILS) return FAILS
      if (part === LISTS) outcome = LISTS
    }
    return outcome
  }
}

function compileChoice({ branches }: Choice): Evaluate {
  const parts = branches.map(compileConjunction)
  return (event) => {
    let outcome: Outcome = FAILS
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!(event)
      // Sound beside lists: a branch that met none chooses no element, so it binds no other part.
      if (part === HOLDS) return HOLDS
      if (part === LISTS) outcome = LISTS
    }
    return outcome
  }
}

function compileLeaf({ path, operators }: Leaf): Evaluate {
  const test = compileValueTest(operators)
  const absent = acceptsAbsence(operators) ? HOLDS : FAILS
  // `constructor` and its like stand on every object; own names only are fields of an event.
  const isOwnOnly = path.some((name) => name in Object.prototype)
  const length = path.length
  return (event) => {
    let value: unknown = event
    for (let i = 0; i < length; i++) {
      if (typeof value !== 'object' || value === null) return absent
      if (Array.isArray(value)) return LISTS
      const name = path[i]!
      if (isOwnOnly && !Object.hasOwn(value, name)) return absent
      value = (value as Readonly<Record<string, unknown>>)[name]
    }
    if (isScalar(value)) return test(value) ? HOLDS : FAILS
    return Array.isArray(value) ? evaluateList(value, test, absent) : absent
  }
}

/** A list at the leaf itself, as a set of strings is: it holds when any value in it does. */
function evaluateList(list: readonly unknown[], test: ValueTest, absent: Outcome): Outcome {
  let outcome = absent
  for (const element of list) {
    if (Array.isArray(element)) return LISTS
    if (!isScalar(element)) continue
    if (test(element satisfies Scalar)) return HOLDS
    outcome = FAILS
  }
  return outcome
}
