import { compilePattern } from '../../lib/core/filter/compile-pattern.ts'
import { parsePattern } from '../../lib/core/filter/parse-pattern.ts'
import type { Conjunction } from '../../lib/core/filter/pattern.ts'

/** The parsed pattern, of a text or of what the text would say. @throws where it is refused */
export function parsedPattern(pattern: string | object): Conjunction {
  const parsed = parsePattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern))
  if (parsed.type === 'parsed') return parsed.root
  throw new Error(`refused at "${parsed.path}": ${parsed.reason}`)
}

/** Whether an event matches a pattern, both as they are or as JSON texts. */
export function matchesPattern(pattern: string | object, event: string | object): boolean {
  const value: unknown = typeof event === 'string' ? JSON.parse(event) : event
  return compilePattern(parsedPattern(pattern))(value)
}

/** Where and why a pattern is refused, or `undefined`. */
export function refusalOf(pattern: string | object): string | undefined {
  const parsed = parsePattern(typeof pattern === 'string' ? pattern : JSON.stringify(pattern))
  return parsed.type === 'refused' ? `${parsed.path}: ${parsed.reason}` : undefined
}
