import type { ShardId } from '../ids.ts'
import { type InvariantError, unreachable } from '../invariant.ts'

/** Why a child actor failed. */
export type ChildFailure =
  | { readonly type: 'invariant-broken'; readonly error: InvariantError }
  /** A pool thread died with no handler running. */
  | { readonly type: 'idle-host-lost'; readonly exitCode: number }
  /** A pool thread died under a handler: its batch got a verdict already (D27). */
  | { readonly type: 'busy-host-lost'; readonly exitCode: number }
  | { readonly type: 'source-unavailable'; readonly reason: string }
  /** The state could not be saved; what was saved before stands. */
  | { readonly type: 'store-unwritable'; readonly reason: string }
  /** Another engine owns the data (D41). */
  | { readonly type: 'checkpoint-fenced'; readonly shardId: ShardId }

/** What a supervisor does with a child that failed. */
export type Directive = 'restart' | 'stop' | 'escalate'

/** The directive for a failure. @source design §1, D27, D41 */
export function decide(failure: ChildFailure): Directive {
  switch (failure.type) {
    case 'idle-host-lost':
    case 'busy-host-lost':
    case 'source-unavailable':
    case 'store-unwritable':
      return 'restart'
    case 'checkpoint-fenced':
      // Another engine owns the data: going on would deliver twice and save nothing.
      return 'stop'
    case 'invariant-broken':
      return 'escalate'
    default:
      return unreachable(failure)
  }
}

/**
 * Whether a restart for this failure counts against the restart intensity. What the user's handler did (D27) and
 * what passes with time (a server or a disk that comes back) does not: it is only waited for, longer each time.
 */
export function countsAsRestart(failure: ChildFailure): boolean {
  switch (failure.type) {
    case 'idle-host-lost':
    case 'invariant-broken':
    case 'checkpoint-fenced':
      return true
    case 'busy-host-lost':
    case 'source-unavailable':
    case 'store-unwritable':
      return false
    default:
      return unreachable(failure)
  }
}
