import { FILTERS_MAX } from '../limits.ts'
import { compileFieldPattern, compilePattern } from './compile-pattern.ts'
import { type FieldTree, type FieldValues, fieldTreeOf } from './field-tree.ts'
import { parsePattern } from './parse-pattern.ts'
import type { Conjunction } from './pattern.ts'

/** What a caller of the API reads for any refused pattern; where and why goes to the log. @source aws-semantics §1.4, §7.3 */
export const FILTER_REFUSED_MESSAGE = 'Invalid filter pattern definition.'

/** The compiled `FilterCriteria` of a mapping. */
export type Filter = {
  /**
   * Whether a record passes: at least one pattern matches.
   *
   * @param record Decoded, as a handler sees it.
   */
  readonly matches: (record: unknown) => boolean
  /** All that the patterns look at. */
  readonly fields: FieldTree
  /** `matches`, of a record whose fields alone are known; `undefined` where they do not suffice, for the lists. */
  readonly matchesFields: (values: FieldValues) => boolean | undefined
}

export type CompiledFilter =
  /** No patterns: every record passes. @source aws-semantics §7.1 */
  | { readonly type: 'none' }
  | { readonly type: 'compiled'; readonly filter: Filter }
  /** `index` of the pattern, `path` in it (names joined by dots, empty for the whole), and why: for the log. */
  | {
      readonly type: 'refused'
      readonly index: number
      readonly path: string
      readonly reason: string
    }

/**
 * Compiles the patterns of a mapping, which are ORed.
 *
 * @param patterns Texts of `FilterCriteria.Filters[].Pattern`.
 * @source aws-semantics §7.1, §7.3; D13, D14
 */
export function compileFilter(patterns: readonly string[]): CompiledFilter {
  if (patterns.length === 0) return { type: 'none' }
  if (patterns.length > FILTERS_MAX) {
    const reason = `more than ${FILTERS_MAX} filters`
    return { type: 'refused', index: FILTERS_MAX, path: '', reason }
  }
  const roots: Conjunction[] = []
  for (const [index, text] of patterns.entries()) {
    const parsed = parsePattern(text)
    if (parsed.type === 'refused') {
      return { type: 'refused', index, path: parsed.path, reason: parsed.reason }
    }
    roots.push(parsed.root)
  }
  const fields = fieldTreeOf(roots)
  const matches = anyOf(roots.map(compilePattern))
  const matchesFields = anyOf(roots.map((root) => compileFieldPattern(root, fields)))
  return { type: 'compiled', filter: { matches, fields, matchesFields } }
}

/** True when any test says so; else not known, where one of them does not know. */
function anyOf<Event, Answer extends boolean | undefined>(
  tests: readonly ((event: Event) => Answer)[],
): (event: Event) => Answer | false {
  const [first, ...others] = tests
  if (first !== undefined && others.length === 0) return first
  return (event) => {
    let answer: Answer | false = false
    for (const test of tests) {
      const one = test(event)
      if (one === true) return one
      if (one === undefined) answer = one
    }
    return answer
  }
}
