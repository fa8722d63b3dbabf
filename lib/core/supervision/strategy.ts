import type { EpochMs } from '../ids.ts'
import { unreachable } from '../invariant.ts'
import { type ChildFailure, countsAsRestart, decide } from './decider.ts'
import {
  NO_RESTARTS,
  planRestart,
  type RestartHistory,
  type RestartRules,
} from './restart-intensity.ts'

/** Restarts of a supervisor's children by the child's name. Children without one are not in it. */
export type SupervisionState = ReadonlyMap<string, RestartHistory>

export type ChildFailed = {
  readonly type: 'child-failed'
  readonly child: string
  readonly failure: ChildFailure
  readonly now: EpochMs
  /** Chance, 0 <= fraction < 1. */
  readonly fraction: number
}

export type SupervisionMessage =
  | ChildFailed
  /** The child ended as it should, or was taken away. */
  | { readonly type: 'child-ended'; readonly child: string }

export type SupervisionEffect =
  | { readonly type: 'restart-child'; readonly child: string; readonly at: EpochMs }
  | { readonly type: 'stop-child'; readonly child: string; readonly failure: ChildFailure }
  /** This supervisor can do no more for the child: its own supervisor decides. The child stays down. */
  | { readonly type: 'escalate'; readonly child: string; readonly failure: ChildFailure }

type SupervisionStep = readonly [SupervisionState, readonly SupervisionEffect[]]

/** One-for-one supervision: a failure touches the child that failed and no other. @source design §1 */
export function stepOneForOne(
  state: SupervisionState,
  message: SupervisionMessage,
  rules: RestartRules,
): SupervisionStep {
  switch (message.type) {
    case 'child-ended':
      return [without(state, message.child), []]
    case 'child-failed':
      return childFailed(state, message, rules)
    default:
      return unreachable(message)
  }
}

function childFailed(
  state: SupervisionState,
  message: ChildFailed,
  rules: RestartRules,
): SupervisionStep {
  const { child, failure, now, fraction } = message
  const directive = decide(failure)
  switch (directive) {
    case 'stop':
      return [without(state, child), [{ type: 'stop-child', child, failure }]]
    case 'escalate':
      return [without(state, child), [{ type: 'escalate', child, failure }]]
    case 'restart': {
      const chance = { counts: countsAsRestart(failure), now, fraction }
      const plan = planRestart(state.get(child) ?? NO_RESTARTS, chance, rules)
      if (plan.type === 'give-up')
        return [without(state, child), [{ type: 'escalate', child, failure }]]
      return [
        new Map(state).set(child, plan.history),
        [{ type: 'restart-child', child, at: plan.at }],
      ]
    }
    default:
      return unreachable(directive)
  }
}

function without(state: SupervisionState, child: string): SupervisionState {
  const rest = new Map(state)
  rest.delete(child)
  return rest
}
