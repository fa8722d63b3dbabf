import type { FunctionError } from '../core/function/function-error.ts'
import type { EpochMs } from '../core/ids.ts'

export type { FunctionError }

/** How one invocation ended. */
export type Answer =
  /** The function returned: `value` is what it returned, `undefined` as `null`. */
  | {
      readonly type: 'returned'
      readonly value: unknown
      /** Where the invocation asked for it: its `state` member as JSON; `value` may lack it. */
      readonly state?: string
    }
  /** The function failed: an exception, a timeout, an exit. */
  | { readonly type: 'function-error'; readonly error: FunctionError }
  /** The function never ran: no attempt is spent. @source aws-semantics §4.1 */
  | { readonly type: 'not-run'; readonly reason: string }

export type Invocation = {
  readonly requestId: string
  /** `{ Records: [...] }`, a fresh object that the function may change. */
  readonly event: unknown
  /** The answer's `state` is wanted as JSON. @source aws-semantics §5 */
  readonly wantsState?: boolean
  /** As it was called, where that is not its own. */
  readonly functionArn?: string
  /** When the function's time is up. */
  readonly deadline: EpochMs
}

/** Runs a function in one execution environment. */
export interface FunctionRuntime {
  /** Invocations at the same time, at most. */
  readonly concurrencyMax: number
  /** The environment cannot be used again: its thread ends when nothing runs in it. */
  readonly mustBeReplaced?: boolean
  /** Loads the function's code. @returns the error where it cannot be loaded. */
  load(): Promise<FunctionError | undefined>
  /**
   * Calls the function. Never throws; `ended` is called exactly once, maybe before this returns.
   * An answer after the deadline is `Sandbox.Timedout`.
   */
  invoke(invocation: Invocation, ended: (answer: Answer) => void): void
}
