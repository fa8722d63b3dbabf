import type { ShardState } from '../checkpoint/shard-state.ts'

/** `LastProcessingResult` where nothing keeps a mapping from invoking. @source D39; aws-semantics §1.6 */
export const PROCESSING_RESULT = {
  nothing: 'No records processed',
  ok: 'OK',
  failed: 'PROBLEM: Function call failed',
} as const

/** @source D39 */
export type ProcessingResult = (typeof PROCESSING_RESULT)[keyof typeof PROCESSING_RESULT]

/**
 * What the last invocation of a mapping was, as far as what is stored of its shards tells: a batch that failed is still in
 * hand, or else something was delivered, or all that was tried has been given up.
 * @source D39
 */
export function storedResult(
  states: Iterable<Pick<ShardState, 'stacks' | 'counts'>>,
): ProcessingResult {
  let delivered = 0
  let invoked = 0
  for (const { stacks, counts } of states) {
    const inHand = Object.values(stacks).flat()
    if (inHand.some(({ attempt }) => attempt > 0)) return PROCESSING_RESULT.failed
    delivered += counts.delivered
    invoked += counts.invocations
  }
  if (delivered > 0) return PROCESSING_RESULT.ok
  return invoked > 0 ? PROCESSING_RESULT.failed : PROCESSING_RESULT.nothing
}
