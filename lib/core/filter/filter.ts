import { FILTERS_MAX } from '../limits.ts'
import { compilePattern } from './compile-pattern.ts'
import { parsePattern } from './parse-pattern.ts'
import { leavesOf } from './pattern.ts'

/** What a caller of the API reads for any refused pattern; where and why goes to the log. @source aws-semantics §1.4, §7.3 */
export const FILTER_REFUSED_MESSAGE = 'Invalid filter pattern definition.'

/** The compiled `FilterCriteria` of a mapping. */
export type Filter = {
  /**
   * Whether a record passes: at least one pattern matches.
   *
   * @param record Decoded, as a handler sees it. Members that no pattern names may be missing: see {@link Filter.members}.
   */
  readonly matches: (record: unknown) => boolean
  /** Members of the record that the patterns look at: `eventName`, `dynamodb`, … */
  readonly members: ReadonlySet<string>
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
  const members = new Set<string>()
  const compiled: ((record: unknown) => boolean)[] = []
  for (const [index, text] of patterns.entries()) {
    const parsed = parsePattern(text)
    if (parsed.type === 'refused') {
      return { type: 'refused', index, path: parsed.path, reason: parsed.reason }
    }
    for (const { path } of leavesOf(parsed.root)) members.add(path[0]!)
    compiled.push(compilePattern(parsed.root))
  }
  return { type: 'compiled', filter: { matches: anyOf(compiled), members } }
}

function anyOf(tests: readonly ((record: unknown) => boolean)[]): (record: unknown) => boolean {
  const [first, ...others] = tests
  if (first !== undefined && others.length === 0) return first
  return (record) => {
    for (const test of tests) if (test(record)) return true
    return false
  }
}

/**
 * Whether a record must be decoded to be filtered.
 *
 * @param known Members that are known without its body, as those that are alike for all records of a stream
 *   (`eventSource`, `eventVersion`, `awsRegion`, `eventSourceARN`). Where all that the filter looks at is known,
 *   `filter.matches` of an object with just these answers for the record.
 */
export function needsDecodedRecord(filter: Filter, known: ReadonlySet<string>): boolean {
  for (const member of filter.members) if (!known.has(member)) return true
  return false
}
