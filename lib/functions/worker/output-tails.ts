import { LOG_TAIL_BYTES_MAX } from '../../core/limits.ts'

/** The last lines that invocations print, of those whose caller wants them. */
export class OutputTails {
  readonly #tails = new Map<string, string>()

  /** From now on. */
  keep(requestId: string): void {
    this.#tails.set(requestId, '')
  }

  /** A whole line, or what there is of one. */
  heard(requestId: string, line: string): void {
    const tail = this.#tails.get(requestId)
    // Longer than its bytes may be: who takes it cuts it.
    if (tail !== undefined)
      this.#tails.set(requestId, `${tail}${line}\n`.slice(-LOG_TAIL_BYTES_MAX))
  }

  take(requestId: string): string {
    const tail = this.#tails.get(requestId) ?? ''
    this.#tails.delete(requestId)
    return tail
  }
}
