import { invariant, unreachable } from '../invariant.ts'
import { judge } from './after-invocation.ts'
import type { LaneRules } from './lane-rules.ts'
import {
  finalCall,
  freshWork,
  IDLE,
  type InvocationEnded,
  type LaneEffect,
  type LaneMessage,
  type LaneState,
  type LaneStep,
  type Now,
} from './lane-state.ts'
import { attempt, begin } from './next-attempt.ts'

/** The whole life of a lane's batches. @source aws-semantics §4, §5; D1, D15, D26, D27, D28 */
export function stepLane(lane: LaneState, message: LaneMessage, rules: LaneRules): LaneStep {
  switch (message.type) {
    case 'batch-cut': {
      invariant(lane.state === 'idle', `batch-cut while ${lane.state}`)
      const { batch, windows } = message
      return begin({ work: freshWork(batch), stack: [], windows }, message, rules)
    }
    case 'window-ended': {
      invariant(lane.state === 'idle', `window-ended while ${lane.state}`)
      const { windows } = message
      return begin({ work: finalCall('ended'), stack: [], windows }, message, rules)
    }
    case 'restored':
      invariant(lane.state === 'idle', `restored while ${lane.state}`)
      return restore(message, rules)
    case 'invocation-ended':
      invariant(lane.state === 'invoking', `invocation-ended while ${lane.state}`)
      return judge(lane, message, rules)
    case 'saved':
      return afterSave(lane, message, rules)
    case 'retry-due':
      invariant(lane.state === 'backing-off', `retry-due while ${lane.state}`)
      return begin(lane, message, rules)
    case 'leave':
      return leave(lane)
    default:
      return unreachable(message)
  }
}

function restore(message: Extract<LaneMessage, { type: 'restored' }>, rules: LaneRules): LaneStep {
  const [work, ...stack] = message.works
  const { windows, verdict } = message
  if (!work) return [IDLE, [{ type: 'release' }]]
  const held = { work, stack, windows }
  if (verdict) {
    const ended: InvocationEnded = { ...message, type: 'invocation-ended', verdict }
    return judge({ ...held, leaving: false }, ended, rules)
  }
  if (message.resumeAt > message.now) {
    const armed: LaneEffect = { type: 'arm-retry', at: message.resumeAt }
    return [{ state: 'backing-off', ...held }, [armed]]
  }
  return begin(held, message, rules)
}

function afterSave(lane: LaneState, now: Now, rules: LaneRules): LaneStep {
  if (lane.state === 'saving-last') return [IDLE, [{ type: 'release' }]]
  invariant(lane.state === 'saving', `saved while ${lane.state}`)
  if (lane.leaving) return [IDLE, [{ type: 'release' }]]
  const { work, stack, windows } = lane
  if (lane.after === 'attempt') return attempt({ work, stack, windows })
  if (lane.after === 'begin') return begin({ work, stack, windows }, now, rules)
  const armed: LaneEffect = { type: 'arm-retry', at: lane.after.backOffUntil }
  return [{ state: 'backing-off', work, stack, windows }, [armed]]
}

function leave(lane: LaneState): LaneStep {
  switch (lane.state) {
    case 'idle':
    case 'saving-last':
      return [lane, []]
    case 'backing-off':
      return [IDLE, [{ type: 'release' }]]
    case 'invoking':
    case 'saving':
      return [{ ...lane, leaving: true }, []]
    default:
      return unreachable(lane)
  }
}
