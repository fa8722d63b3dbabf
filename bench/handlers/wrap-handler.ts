import type { HandlerLog } from '../audit/handler-log.ts'
import { type AnswerRules, outcomeOf } from './answer-outcome.ts'

/** What of Lambda's context tells how an invocation ends. */
export type EndingContext = {
  getRemainingTimeInMillis(): number
  done(error?: unknown, value?: unknown): void
  succeed(value?: unknown): void
  fail(error?: unknown): void
}
type Callback = (error?: unknown, value?: unknown) => void
type EventRecord = {
  readonly eventID: string
  readonly dynamodb: { readonly SequenceNumber: string }
}

/** A function in one of Lambda's three styles. */
export type AnyHandler = (event: unknown, context: EndingContext, callback: Callback) => unknown

/** What a wrapped handler writes, and by which rules. */
export type Wrapping = {
  readonly log: Pick<HandlerLog, 'beginNumbers' | 'succeed' | 'fail' | 'failFrom'>
  readonly rules: AnswerRules
  /** Number of a record in the log. */
  numberOf(eventId: string, sequenceNumber: string): number
}

/** A handler that writes down what it sees, and otherwise is the one it was made of. */
export type WrappedHandler = {
  readonly handler: AnyHandler
  /** An error that nobody handled: what runs in this thread ends with it. */
  failRunning(): void
}

/**
 * Puts a log around a handler that is not ours. It has as many parameters as that, since the runtime goes by their
 * number, and hands on what is returned, thrown or told to the callback or the context as it is.
 */
export function wrapHandler(own: AnyHandler, wrapping: Wrapping): WrappedHandler {
  const running = new Set<Ending>()
  const handler: AnyHandler = (event, context, callback) => {
    const ending = new Ending(event, context, wrapping, running)
    try {
      const result = own(event, ending.watch(context), (error, value) => {
        ending.answered(error, value)
        callback(error, value)
      })
      if (!isThenable(result)) {
        // What was not told by now is nothing, unless the callback comes later and says otherwise.
        ending.returned()
        return result
      }
      result.then(
        (value) => ending.answered(undefined, value),
        (error) => ending.answered(error ?? 'nothing', undefined),
      )
      return result
    } catch (error) {
      ending.answered(error ?? 'nothing', undefined)
      throw error
    }
  }
  Object.defineProperty(handler, 'length', { value: own.length })
  return {
    handler,
    failRunning: () => {
      for (const ending of running) ending.answered('an error that nobody handled', undefined)
    },
  }
}

/** How one invocation ends: what is told first counts. */
class Ending {
  readonly #wrapping: Wrapping
  /** Not the context itself: the runtime looks whether the handler has dropped that, to see that nobody will answer. */
  readonly #remainingMs: () => number
  readonly #running: Set<Ending>
  readonly #entry: number
  readonly #sequenceNumbers: readonly string[]
  #hasAnswer = false

  constructor(event: unknown, context: EndingContext, wrapping: Wrapping, running: Set<Ending>) {
    const { Records: records } = event as { readonly Records: readonly EventRecord[] }
    this.#wrapping = wrapping
    this.#remainingMs = context.getRemainingTimeInMillis
    this.#running = running
    // Taken now: the handler may do to the event what it likes.
    this.#sequenceNumbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
    this.#entry = wrapping.log.beginNumbers(records.length, (i) =>
      wrapping.numberOf(records[i]!.eventID, this.#sequenceNumbers[i]!),
    )
    running.add(this)
  }

  /** Old handlers answer through the context. */
  watch(context: EndingContext): EndingContext {
    const { done, succeed, fail } = context
    context.done = (error, value) => {
      this.answered(error, value)
      done(error, value)
    }
    context.succeed = (value) => {
      this.answered(undefined, value)
      succeed(value)
    }
    context.fail = (error) => {
      this.answered(error ?? 'handled', undefined)
      fail(error)
    }
    return context
  }

  /** Without a promise and, so far, without an answer. */
  returned(): void {
    if (!this.#hasAnswer) this.#write(undefined, null)
  }

  answered(error: unknown, value: unknown): void {
    if (this.#hasAnswer) return
    this.#hasAnswer = true
    this.#running.delete(this)
    this.#write(error, value)
  }

  #write(error: unknown, value: unknown): void {
    const { log, rules } = this.#wrapping
    const isOver = this.#remainingMs() < 0
    const hasFailed = isOver || (error !== undefined && error !== null)
    const outcome = hasFailed
      ? ({ type: 'failed' } as const)
      : outcomeOf(value, this.#sequenceNumbers, rules)
    if (outcome.type === 'succeeded') log.succeed(this.#entry)
    else if (outcome.type === 'failed') log.fail(this.#entry)
    else log.failFrom(this.#entry, outcome.position)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
