// hot path: bench/micro/filter
import { compileElementSearch } from './element-search.ts'
import { BEHIND_LIST, type FieldTree, type FieldValues, slotAt } from './field-tree.ts'
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

type Evaluate<Event> = (event: Event) => Outcome

/** Finds the value of a field, or {@link BEHIND_LIST}. */
type Find<Event> = (event: Event) => unknown
type FinderOf<Event> = (path: readonly string[]) => Find<Event>

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
  const evaluate = compileConjunction(root, finderInEvent)
  const search = compileElementSearch(root)
  return (event) => {
    const outcome = evaluate(event)
    return outcome === LISTS ? search(event) : outcome === HOLDS
  }
}

/**
 * The same for an event of which only the fields are known that the pattern looks at.
 *
 * @param fields Made of all paths of the pattern, and maybe of others.
 * @returns A function of the fields' values: `undefined` where only {@link compilePattern} can tell, for the lists.
 */
export function compileFieldPattern(
  root: Conjunction,
  fields: FieldTree,
): (values: FieldValues) => boolean | undefined {
  const evaluate = compileConjunction<FieldValues>(root, (path) => {
    const slot = slotAt(fields, path)
    return (values) => values[slot]
  })
  return (values) => {
    const outcome = evaluate(values)
    return outcome === LISTS ? undefined : outcome === HOLDS
  }
}

function compileConjunction<Event>(
  { leaves, choices }: Conjunction,
  finderOf: FinderOf<Event>,
): Evaluate<Event> {
  const parts = [
    ...leaves.map((leaf) => compileLeaf(leaf, finderOf(leaf.path))),
    ...choices.map((choice) => compileChoice(choice, finderOf)),
  ]
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

function compileChoice<Event>({ branches }: Choice, finderOf: FinderOf<Event>): Evaluate<Event> {
  const parts = branches.map((branch) => compileConjunction(branch, finderOf))
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

function compileLeaf<Event>({ operators }: Leaf, find: Find<Event>): Evaluate<Event> {
  const test = compileValueTest(operators)
  const absent = acceptsAbsence(operators) ? HOLDS : FAILS
  return (event) => {
    const value = find(event)
    if (isScalar(value)) return test(value) ? HOLDS : FAILS
    if (value === BEHIND_LIST) return LISTS
    return Array.isArray(value) ? evaluateList(value, test, absent) : absent
  }
}

function finderInEvent(path: readonly string[]): Find<unknown> {
  // `constructor` and its like stand on every object; own names only are fields of an event.
  const isOwnOnly = path.some((name) => name in Object.prototype)
  const length = path.length
  return (event) => {
    let value: unknown = event
    for (let i = 0; i < length; i++) {
      if (typeof value !== 'object' || value === null) return undefined
      if (Array.isArray(value)) return BEHIND_LIST
      const name = path[i]!
      if (isOwnOnly && !Object.hasOwn(value, name)) return undefined
      value = (value as Readonly<Record<string, unknown>>)[name]
    }
    return value
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
