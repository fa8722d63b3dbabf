import type { TaskEnd } from '../../actors/protocol.ts'

/** Invocations of a function that are of no mapping, since the engine was opened. */
export type Calls = {
  /** That ended, failed ones included. */
  readonly invocations: number
  readonly errors: number
  /** Did not begin, as its concurrency was used up. */
  readonly throttles: number
  readonly durationMs: number
  /** Run now. */
  readonly running: number
}

const NO_CALLS: Calls = { invocations: 0, errors: 0, throttles: 0, durationMs: 0, running: 0 }

/** Invocations that programs ask for, by the function's name. @source contract §6 */
export class CallCounts {
  readonly #counts = new Map<string, Calls>()

  get all(): ReadonlyMap<string, Calls> {
    return this.#counts
  }

  /** Counts a call while it runs, and how it ended. */
  async count(
    name: string,
    call: () => Promise<TaskEnd | 'throttled'>,
  ): Promise<TaskEnd | 'throttled'> {
    this.#add(name, { running: 1 })
    try {
      const end = await call()
      if (end === 'throttled') this.#add(name, { throttles: 1 })
      else if (end.answer.type !== 'not-run')
        this.#add(name, {
          invocations: 1,
          errors: end.answer.type === 'function-error' ? 1 : 0,
          durationMs: end.durationMs,
        })
      return end
    } finally {
      this.#add(name, { running: -1 })
    }
  }

  /** Forgets functions that are gone. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const [name, { running }] of this.#counts)
      if (running === 0 && !names.has(name)) this.#counts.delete(name)
  }

  #add(name: string, more: Partial<Calls>): void {
    const { invocations, errors, throttles, durationMs, running } =
      this.#counts.get(name) ?? NO_CALLS
    this.#counts.set(name, {
      invocations: invocations + (more.invocations ?? 0),
      errors: errors + (more.errors ?? 0),
      throttles: throttles + (more.throttles ?? 0),
      durationMs: durationMs + (more.durationMs ?? 0),
      running: running + (more.running ?? 0),
    })
  }
}
