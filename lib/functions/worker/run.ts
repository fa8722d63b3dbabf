// hot path: one object for each invocation.
import { performance } from 'node:perf_hooks'
import { answerValue, answerWithState } from '../../core/function/answer-value.ts'
import { type FunctionError, thrownError } from '../../core/function/function-error.ts'
import type { InvocationHandle } from '../../core/function/lambda-context.ts'
import type { Answer, Invocation } from '../../ports/function-runtime.ts'

/** What a run needs of its runtime. */
export interface RunOwner {
  /** The run has its answer; called exactly once, before the host is told. */
  ended(run: Run): void
  /** Whether nothing keeps the event loop alive, for an answer that waits for that; else it is released later. */
  mayAnswer(run: Run): boolean
  timedOut(run: Run): FunctionError
}

/** How a handler that has returned can still answer. @source aws-semantics §9.4 */
export type HandlerStyle = 'running' | 'promise' | 'callback'

/** One running invocation: its first answer counts. Times are monotonic, so a jump of the clock changes nothing. */
export class Run implements InvocationHandle {
  readonly requestId: string
  readonly functionArn: string | undefined
  readonly startedAtMs: number
  readonly endsAtMs: number
  style: HandlerStyle = 'running'
  /** An answer that waits for an empty event loop. */
  heldBack: { readonly value: unknown } | undefined
  /** Not looked at before, in the search for runs that can never answer. */
  suspectAtMs: number
  readonly #owner: RunOwner
  readonly #ended: (answer: Answer) => void
  #hasAnswer = false
  #hasEnded = false
  readonly #wantsState: boolean
  #answerers: readonly object[] = []
  #weakAnswerers: readonly WeakRef<object>[] | undefined

  constructor(
    owner: RunOwner,
    invocation: Invocation,
    ended: (answer: Answer) => void,
    graceMs: number,
  ) {
    const now = performance.now()
    this.#owner = owner
    this.#ended = ended
    this.requestId = invocation.requestId
    this.functionArn = invocation.functionArn
    this.#wantsState = invocation.wantsState ?? false
    this.startedAtMs = now
    this.endsAtMs = now + (invocation.deadline - Date.now())
    this.suspectAtMs = now + graceMs
  }

  get hasAnswer(): boolean {
    return this.#hasAnswer
  }

  remainingMs(): number {
    return Math.floor(this.endsAtMs - performance.now())
  }

  /** `context.succeed`, `fail`, `done`: they do not wait for the event loop. */
  answerNow(error: unknown, value: unknown): void {
    if (error !== undefined && error !== null) this.fail(error)
    else this.succeed(value)
  }

  /**
   * The callback. @source Lambda's Node runtime, CallbackContext: an error does not wait
   * @param waits `callbackWaitsForEmptyEventLoop`.
   */
  answerByCallback(error: unknown, value: unknown, waits: boolean): void {
    if (this.#hasAnswer) return
    if ((error !== undefined && error !== null) || !waits || this.#owner.mayAnswer(this)) {
      this.answerNow(error, value)
      return
    }
    this.#hasAnswer = true
    this.heldBack = { value }
  }

  succeed(value: unknown): void {
    if (this.#hasAnswer) return
    this.#hasAnswer = true
    this.#end(this.#valueOf(value))
  }

  fail(thrown: unknown): void {
    if (this.#hasAnswer) return
    this.#hasAnswer = true
    this.#end({ type: 'function-error', error: thrownError(thrown) })
  }

  /** Delivers what was held back. */
  release(): void {
    if (this.heldBack) this.#end(this.#valueOf(this.heldBack.value))
  }

  /** The environment decides: whatever the handler says later is ignored. */
  endWith(error: FunctionError): void {
    this.#hasAnswer = true
    this.#end({ type: 'function-error', error })
  }

  /** What the handler may still answer through: its promise, its context, its callback. */
  answersThrough(answerers: readonly object[]): void {
    this.#answerers = answerers
  }

  /** The answerers, held weakly from the first call on: they may go when the user's code has dropped them. */
  weakAnswerers(): { readonly references: readonly WeakRef<object>[]; readonly isFresh: boolean } {
    if (this.#weakAnswerers) return { references: this.#weakAnswerers, isFresh: false }
    this.#weakAnswerers = this.#answerers.map((answerer) => new WeakRef(answerer))
    this.#answerers = []
    return { references: this.#weakAnswerers, isFresh: true }
  }

  #valueOf(value: unknown): Answer {
    return this.#wantsState ? answerWithState(value) : answerValue(value)
  }

  #end(answer: Answer): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.heldBack = undefined
    this.#answerers = []
    const isLate = performance.now() > this.endsAtMs
    const told: Answer = isLate
      ? { type: 'function-error', error: this.#owner.timedOut(this) }
      : answer
    this.#owner.ended(this)
    this.#ended(told)
  }
}
