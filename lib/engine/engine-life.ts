import { MillraceError } from '../core/errors.ts'

type State = 'created' | 'running' | 'stopping' | 'stopped'

/** Whether an engine can do what it is asked for. */
export class EngineLife {
  #state: State = 'created'
  #abort!: (error: MillraceError) => void
  readonly #stopping = new Promise<never>((_, reject) => {
    this.#abort = reject
  })

  constructor() {
    // Nobody may be waiting for anything when it rejects.
    this.#stopping.catch(() => {})
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** @throws MillraceError MILLRACE_STATE */
  start(): void {
    this.expect('created', 'start')
    this.#state = 'running'
  }

  stop(reason: string): void {
    this.#state = 'stopping'
    this.#abort(MillraceError.of('MILLRACE_ABORTED', { operation: 'start', reason }))
  }

  stopped(): void {
    this.#state = 'stopped'
  }

  /** @throws MillraceError MILLRACE_STATE */
  expect(state: 'created' | 'running', operation: string): void {
    if (this.#state !== state) throw this.#wrongState(operation)
  }

  /** @throws MillraceError MILLRACE_STATE */
  expectOpen(operation: string): void {
    if (this.#state === 'stopped') throw this.#wrongState(operation)
  }

  /** The same promise, unless the engine stops before. @throws MillraceError MILLRACE_ABORTED */
  unlessStopped<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([this.#stopping, promise])
  }

  #wrongState(operation: string): MillraceError {
    const state = this.#state === 'created' ? 'not started' : this.#state
    return MillraceError.of('MILLRACE_STATE', { operation, state })
  }
}
