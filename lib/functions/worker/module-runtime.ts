// hot path: invoke() is called for each batch; about a microsecond of its own.
import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import {
  type FunctionError,
  neverSettledError,
  thrownError,
  timedOutError,
  unhandledRejectionError,
} from '../../core/function/function-error.ts'
import {
  contextConstants,
  type FunctionIdentity,
  LambdaContext,
} from '../../core/function/lambda-context.ts'
import { LOAD_MS_MAX } from '../../core/function/load-task.ts'
import { isThenable } from '../../core/function/thenable.ts'
import type { ModuleFunctionSettings } from '../../core/mapping/settings.ts'
import type { Answer, FunctionRuntime, Invocation } from '../../ports/function-runtime.ts'
import { checkCallbackStyle } from './callback-style.ts'
import { EventLoopWatch, isReachable } from './event-loop.ts'
import { type Handler, loadHandler } from './load-handler.ts'
import { Run, type RunOwner } from './run.ts'

/** How long an invocation is pending before it is looked at, and how often then. @unit milliseconds @source ours */
const SUSPECT_MS = 50
/** The same while an answer waits for an empty event loop. @unit milliseconds @source ours */
const HELD_BACK_MS = 5

/** What happens in a thread beside the answers. */
export type ThreadEvents = {
  /**
   * An exception or a rejection that nobody handled while `runningCount` invocations ran: each of them is about to end
   * with it. With more than one they are suspects only (D27).
   */
  readonly threadPoisoned?: (error: FunctionError, runningCount: number) => void
  /** The same after the last answer: it belongs to no batch. */
  readonly lateError?: (error: FunctionError) => void
}

/** A runtime whose environment may have to be given up. */
export interface ModuleRuntime extends FunctionRuntime {
  /** The thread must end once its running invocations have: time ran out or an error escaped (aws-semantics §9.6). */
  readonly mustBeReplaced: boolean
  /** The invocation whose code runs now, or the last that ran: what printed lines are marked with. */
  readonly requestId: string
  /** Takes back the handlers that `load` installed in the process. */
  close(): void
}

/** Settings that only tests and the load check change. */
export type RuntimeLimits = { readonly loadMs: number }

/**
 * Lambda's Node runtime for one function in this thread. `load` once, before anything else; the thread's ports must be
 * open by then and the host's own timers unref'd (see {@link EventLoopWatch}). @source aws-semantics §9.3, §9.4, §9.6
 */
export function createModuleRuntime(
  settings: ModuleFunctionSettings,
  identity: FunctionIdentity,
  events: ThreadEvents = {},
  limits: RuntimeLimits = { loadMs: LOAD_MS_MAX },
): ModuleRuntime {
  return new ThreadRuntime(settings, identity, events, limits)
}

class ThreadRuntime implements ModuleRuntime, RunOwner {
  readonly concurrencyMax: number
  mustBeReplaced = false
  readonly #settings: ModuleFunctionSettings
  readonly #events: ThreadEvents
  readonly #limits: RuntimeLimits
  readonly #constants: ReturnType<typeof contextConstants>
  /** Tells apart what several invocations print; with one at a time a variable does. */
  readonly #requestIds: AsyncLocalStorage<string> | undefined
  readonly #running = new Set<Run>()
  #requestId: string
  #handler: Handler | undefined
  #loop: EventLoopWatch | undefined
  /** The one timer: for deadlines and for runs that can never answer. */
  #timer: NodeJS.Timeout | undefined
  #loadFailed: ((error: FunctionError) => void) | undefined

  constructor(
    settings: ModuleFunctionSettings,
    identity: FunctionIdentity,
    events: ThreadEvents,
    limits: RuntimeLimits,
  ) {
    this.concurrencyMax = settings.concurrencyPerEnvironment
    this.#settings = settings
    this.#events = events
    this.#limits = limits
    this.#constants = contextConstants(identity, settings.memorySizeMegabytes)
    this.#requestId = identity.functionName
    this.#requestIds = this.concurrencyMax > 1 ? new AsyncLocalStorage() : undefined
  }

  get requestId(): string {
    return this.#requestIds?.getStore() ?? this.#requestId
  }

  async load(): Promise<FunctionError | undefined> {
    process.on('uncaughtException', this.#onUncaughtException)
    process.on('unhandledRejection', this.#onUnhandledRejection)
    this.#loop = new EventLoopWatch()
    const escaped = new Promise<FunctionError>((failed) => {
      this.#loadFailed = failed
    })
    const error = await Promise.race([this.#loadHandler(), escaped])
    this.#loadFailed = undefined
    if (error) this.mustBeReplaced = true
    return error
  }

  async #loadHandler(): Promise<FunctionError | undefined> {
    const { codeDirectory, handler: name, runtime } = this.#settings
    const loaded = await loadHandler(codeDirectory, name, this.#limits.loadMs)
    if (loaded.type === 'failed') return loaded.error
    this.#handler = loaded.handler
    return checkCallbackStyle(runtime, loaded.handler)
  }

  close(): void {
    process.off('uncaughtException', this.#onUncaughtException)
    process.off('unhandledRejection', this.#onUnhandledRejection)
    clearTimeout(this.#timer)
  }

  invoke(invocation: Invocation, ended: (answer: Answer) => void): void {
    const handler = this.#handler
    if (handler === undefined || this.mustBeReplaced) {
      ended({ type: 'not-run', reason: 'the execution environment has to be replaced' })
      return
    }
    const run = new Run(this, invocation, ended, SUSPECT_MS)
    this.#running.add(run)
    this.#requestId = run.requestId
    if (this.#timer === undefined) this.#arm(SUSPECT_MS)
    const context = new LambdaContext(this.#constants, run)
    // The run must not refer to context and callback: once the user's code has dropped them, they are garbage.
    const callback = (error: unknown, value: unknown): void =>
      run.answerByCallback(error, value, context.callbackWaitsForEmptyEventLoop)
    try {
      const result = this.#requestIds
        ? this.#requestIds.run(run.requestId, handler, invocation.event, context, callback)
        : handler(invocation.event, context, callback)
      if (isThenable(result)) {
        run.style = 'promise'
        result.then(
          (value) => run.succeed(value),
          (error) => run.fail(error),
        )
        run.answersThrough([result, context, callback])
      } else {
        run.style = 'callback'
        run.answersThrough([context, callback])
        if (!run.hasAnswer) this.#lookAfterTurn(run)
      }
    } catch (error) {
      run.fail(error)
    }
  }

  // The runs' owner

  ended(run: Run): void {
    this.#running.delete(run)
  }

  timedOut(run: Run): FunctionError {
    this.mustBeReplaced = true
    return timedOutError(run.requestId, this.#settings.timeoutSeconds)
  }

  mayAnswer(run: Run): boolean {
    if (this.#isQuiet()) return true
    this.#lookAfterTurn(run)
    return false
  }

  // Runs that do not answer

  /** With several invocations at a time nobody can tell whose the loop's work is: nothing is held back then. */
  #isQuiet(): boolean {
    return this.concurrencyMax > 1 || this.#loop?.isQuiet() === true
  }

  #lookAfterTurn(run: Run): void {
    setImmediate(() => {
      if (run.heldBack) {
        if (this.#isQuiet()) run.release()
        else this.#arm(HELD_BACK_MS)
      } else if (!run.hasAnswer && !this.#mayUseCallback() && this.#isQuiet()) run.succeed(null)
    }).unref()
  }

  /** A handler that names neither context nor callback has returned for good: no proof is needed. */
  #mayUseCallback(): boolean {
    return (this.#handler?.length ?? 0) > 1
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#look, delayMs).unref()
  }

  readonly #look = (): void => {
    this.#timer = undefined
    const now = performance.now()
    let delayMs = SUSPECT_MS
    for (const run of this.#running) {
      this.#lookAt(run, now)
      if (run.heldBack) delayMs = HELD_BACK_MS
      else delayMs = Math.min(delayMs, Math.max(1, Math.ceil(run.endsAtMs - now)))
    }
    if (this.#running.size > 0) this.#arm(delayMs)
  }

  #lookAt(run: Run, now: number): void {
    if (now >= run.endsAtMs) run.endWith(this.timedOut(run))
    else if (run.heldBack) {
      if (this.#isQuiet()) run.release()
    } else if (now >= run.suspectAtMs && this.#loop?.isQuiet()) this.#suspect(run, now)
  }

  /** Nothing visible can answer this run any more. Native work is not visible, so its answerers must be garbage too. */
  #suspect(run: Run, now: number): void {
    if (run.style === 'callback' && !this.#mayUseCallback()) {
      run.succeed(null)
      return
    }
    const { references, isFresh } = run.weakAnswerers()
    if (isFresh) return
    if (isReachable(references)) run.suspectAtMs = now + (now - run.startedAtMs)
    else if (run.style === 'promise') run.endWith(neverSettledError())
    else run.succeed(null)
  }

  // Errors that nobody handled

  readonly #onUncaughtException = (error: unknown): void => this.#poison(thrownError(error))

  readonly #onUnhandledRejection = (reason: unknown): void =>
    this.#poison(unhandledRejectionError(reason))

  #poison(error: FunctionError): void {
    this.mustBeReplaced = true
    if (this.#loadFailed) {
      this.#loadFailed(error)
      return
    }
    const suspects = [...this.#running]
    if (suspects.length === 0) {
      this.#events.lateError?.(error)
      return
    }
    this.#events.threadPoisoned?.(error, suspects.length)
    for (const run of suspects) run.endWith(error)
  }
}
