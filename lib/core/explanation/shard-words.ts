import type { ShardWindows } from '../checkpoint/shard-state.ts'
import { utf8Length } from '../utf8.ts'
import type {
  ShardCondition,
  ShardExplanation,
  ShardFacts,
  TumblingWindowExplanation,
} from './explanation.ts'

const WORDS: Readonly<Record<ShardCondition, string>> = {
  reading: 'reading',
  'at-tip': 'at the tip',
  full: 'reads on when lanes settle: its read-ahead is full',
  closed: 'read to its end',
  finished: 'finished',
  restarting: 'failed, begins again soon',
  waiting: 'waits for its parent, or for an older stream',
  stopped: 'stands still',
  saved: 'as last saved',
}

/** A shard with its words. */
export function explainShard(facts: ShardFacts): ShardExplanation {
  return { ...facts, words: WORDS[facts.condition] }
}

/**
 * What is told of a shard's tumbling windows.
 *
 * @param graceMs How long after its end a window waits for records (D8).
 * @param now Wall clock, epoch ms.
 * @cost O(size of the state), which has at most 1 MB.
 */
export function explainWindows(
  windows: ShardWindows | undefined,
  graceMs: number,
  now: number,
): { readonly openWindow?: TumblingWindowExplanation; readonly lateRecords?: number } {
  if (!windows) return {}
  const { open, lateRecords, final } = windows
  if (!open) return { lateRecords }
  const { start, end, state } = open
  const openWindow = {
    start,
    end,
    stateBytes: utf8Length(state),
    isFinalCallDue: final !== undefined || now >= end + graceMs,
    finalAttempts: final?.attempt ?? 0,
  }
  return { lateRecords, openWindow }
}
