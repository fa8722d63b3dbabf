import { pathText } from './pattern.ts'

/**
 * Why a pattern is refused, thrown within the parser and caught at its border.
 * The user of the API reads AWS's one sentence; path and reason go to the log.
 */
export class PatternRefusal extends Error {
  override readonly name = 'PatternRefusal'
  /** Names joined by dots; empty for the pattern as a whole. */
  readonly path: string

  constructor(path: readonly string[], reason: string) {
    super(reason)
    this.path = pathText(path)
  }
}
