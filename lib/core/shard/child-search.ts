import type { ShardId } from '../ids.ts'
import type { ReadFailure } from './fault.ts'
import type { ListedShard } from './lineage.ts'

/** @source aws-semantics §6.5: DynamoDB Streams Kinesis Adapter */
const TRIES_MAX = 10
/** @unit ms */
const DELAY_MS_MIN = 50
/** @unit ms */
const DELAY_MS_MAX = 1000
/** Part of the delay by which it varies, up or down. */
const JITTER = 0.2

/** What one look for the children of a closed shard found. */
export type ChildrenAnswer =
  | {
      readonly type: 'listed'
      readonly children: readonly ListedShard[]
      readonly streamStatus: 'ENABLED' | 'DISABLED' | 'ENABLING' | 'DISABLING'
    }
  | { readonly type: 'failed'; readonly failure: ReadFailure }

export type ChildSearchStep =
  | { readonly type: 'found'; readonly children: readonly ListedShard[] }
  | { readonly type: 'ask-again'; readonly delayMs: number }
  /** The whole stream is to be listed instead. */
  | { readonly type: 'list-all' }

/**
 * What follows from one look for the children of a shard that was read to its end. They may show up late; a disabled
 * stream has none. Whatever fails is left to a full listing, but for a service that is busy.
 *
 * @param tries Looks so far, this one included.
 * @param fraction Chance, 0 <= fraction < 1.
 * @source aws-semantics §6.5: up to 10 tries, delay min(50 ms x 2^n, 1000 ms) with 20 % jitter
 */
export function stepChildSearch(
  answer: ChildrenAnswer,
  tries: number,
  fraction: number,
): ChildSearchStep {
  if (answer.type === 'listed' && answer.children.length > 0)
    return { type: 'found', children: answer.children }
  const mayCome =
    answer.type === 'listed'
      ? answer.streamStatus !== 'DISABLED'
      : answer.failure.type === 'throttled'
  return mayCome && tries < TRIES_MAX
    ? { type: 'ask-again', delayMs: delayMs(tries, fraction) }
    : { type: 'list-all' }
}

function delayMs(tries: number, fraction: number): number {
  const delay = Math.min(DELAY_MS_MIN * 2 ** (tries - 1), DELAY_MS_MAX)
  return Math.round(delay * (1 - JITTER + 2 * JITTER * fraction))
}

/**
 * The children in an answer that was to list nothing else.
 * @returns undefined where it lists other shards: the server does not know the filter.
 */
export function maybeChildren<Shard extends ListedShard>(
  parent: ShardId,
  listed: readonly Shard[],
): readonly Shard[] | undefined {
  return listed.every(({ parentShardId }) => parentShardId === parent) ? listed : undefined
}
