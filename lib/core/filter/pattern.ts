/** A test of the value at a leaf. `equals` holds by value, so 300, 300.0 and 3e2 are one. @source aws-semantics §7.2; D13 */
export type Operator =
  | { readonly type: 'equals'; readonly value: string | number | boolean | null }
  | { readonly type: 'equals-ignore-case'; readonly value: string }
  /** Strings only or numbers only, at least one. Values of any other kind pass. */
  | { readonly type: 'anything-but'; readonly values: readonly (string | number)[] }
  | { readonly type: 'numeric'; readonly range: NumericRange }
  | { readonly type: 'prefix'; readonly value: string }
  | { readonly type: 'suffix'; readonly value: string }
  | { readonly type: 'exists'; readonly isExpected: boolean }

/** Finite doubles; an open end is the greatest double there is. `=` is a range of one number. */
export type NumericRange = {
  readonly low: number
  readonly high: number
  readonly includesLow: boolean
  readonly includesHigh: boolean
}

/** A field of the event and what it may be: it holds when any of the operators does. */
export type Leaf = {
  /** Names from the event's root; `$or` is not among them. */
  readonly path: readonly string[]
  /** At least one. */
  readonly operators: readonly Operator[]
  /** The operators as the pattern writes them, in compact JSON. */
  readonly text: string
}

/** Holds when all of its leaves hold, and of each choice at least one branch, within the same elements of lists. */
export type Conjunction = {
  readonly leaves: readonly Leaf[]
  readonly choices: readonly Choice[]
}

/** A `$or`. */
export type Choice = {
  /** Where the `$or` stands: names from the event's root. */
  readonly path: readonly string[]
  /** At least two. */
  readonly branches: readonly Conjunction[]
}

/** A path as messages name it, and as AWS's engine compares paths: names joined by dots. */
export function pathText(path: readonly string[]): string {
  return path.join('.')
}

/** All leaves of a conjunction and of the branches below it. */
export function leavesOf(conjunction: Conjunction): readonly Leaf[] {
  return [
    ...conjunction.leaves,
    ...conjunction.choices.flatMap(({ branches }) => branches.flatMap(leavesOf)),
  ]
}
