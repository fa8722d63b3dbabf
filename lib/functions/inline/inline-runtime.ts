import { answerValue, answerWithState } from '../../core/function/answer-value.ts'
import { thrownError, timedOutError } from '../../core/function/function-error.ts'
import {
  type ContextConstants,
  contextConstants,
  type FunctionIdentity,
  LambdaContext,
} from '../../core/function/lambda-context.ts'
import { isThenable } from '../../core/function/thenable.ts'
import type { InlineFunctionSettings } from '../../core/mapping/settings.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Answer, FunctionRuntime, Invocation } from '../../ports/function-runtime.ts'

/** What the context of a closure says: the program has no limit of its own for it. @unit megabytes @source Lambda's default */
const INLINE_MEMORY_MEGABYTES = 128

/** A handler with so many parameters takes a callback. @source aws-semantics §9.4 */
const CALLBACK_PLACE = 3

/**
 * Runs a closure of the embedding program in the program's own thread: nothing is captured, no handler is installed
 * in the process, no limit on how many run at a time. It answers with what it returns or what its promise becomes,
 * through the legacy functions of its context, or through its callback: one that declares a callback and returns no
 * promise is waited for, since an empty event loop, which Lambda looks for, never comes in a program. At its deadline
 * it is answered `Sandbox.Timedout`, and what it says later is ignored: it cannot be ended.
 * @source contract §8, aws-semantics §9.4, §9.6
 */
export function createInlineRuntime(
  settings: InlineFunctionSettings,
  identity: FunctionIdentity,
  clock: Clock,
): FunctionRuntime {
  const constants = contextConstants(identity, INLINE_MEMORY_MEGABYTES)
  return {
    concurrencyMax: Number.POSITIVE_INFINITY,
    load: () => Promise.resolve(undefined),
    invoke: (invocation, ended) => {
      const run = new InlineRun(settings, clock, invocation, ended)
      run.start(constants, invocation.event)
    },
  }
}

class InlineRun {
  readonly requestId: string
  readonly functionArn: string | undefined
  readonly #settings: InlineFunctionSettings
  readonly #clock: Clock
  readonly #invocation: Invocation
  readonly #ended: (answer: Answer) => void
  #hasEnded = false
  #disarm: (() => void) | undefined

  constructor(
    settings: InlineFunctionSettings,
    clock: Clock,
    invocation: Invocation,
    ended: (answer: Answer) => void,
  ) {
    this.requestId = invocation.requestId
    this.functionArn = invocation.functionArn
    this.#settings = settings
    this.#clock = clock
    this.#invocation = invocation
    this.#ended = ended
  }

  start(constants: ContextConstants, event: unknown): void {
    const context = new LambdaContext(constants, this)
    try {
      const { handler } = this.#settings
      const result = handler(event, context, (error, answer) => this.answerNow(error, answer))
      if (isThenable(result)) {
        result.then(
          (value) => this.answerNow(undefined, value),
          (error) => this.#fail(error),
        )
      } else if (handler.length < CALLBACK_PLACE) this.answerNow(undefined, result)
      if (this.#hasEnded) return
      this.#disarm = this.#clock.at(this.#invocation.deadline, () => this.#timeOut())
    } catch (error) {
      this.#fail(error)
    }
  }

  remainingMs(): number {
    return this.#invocation.deadline - this.#clock.now()
  }

  answerNow(error: unknown, value: unknown): void {
    if (this.#hasEnded) return
    if (error !== undefined && error !== null) this.#fail(error)
    else this.#end((this.#invocation.wantsState ? answerWithState : answerValue)(value))
  }

  #fail(thrown: unknown): void {
    this.#end({ type: 'function-error', error: thrownError(thrown) })
  }

  #timeOut(): void {
    const error = timedOutError(this.requestId, this.#settings.timeoutSeconds)
    this.#end({ type: 'function-error', error })
  }

  #end(answer: Answer): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#disarm?.()
    if (this.#clock.now() < this.#invocation.deadline) {
      this.#ended(answer)
      return
    }
    const error = timedOutError(this.requestId, this.#settings.timeoutSeconds)
    this.#ended({ type: 'function-error', error })
  }
}
