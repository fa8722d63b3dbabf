/**
 * Consecutive records of one lane, those that follow the lane's settled position. What they say stays in the lane's
 * memory and is decoded anew for each attempt, since a handler may change what it was given.
 */
export type Batch = {
  /**
   * Arrival of each record, in sequence order. They never descend: a record counts as old as the one before it at
   * least, so that expired records are always the first ones. @unit epoch ms
   */
  readonly arrivals: readonly number[]
}

/** Records `from` (included) to `to` (excluded) of a batch. */
export function sliceBatch(batch: Batch, from: number, to: number): Batch {
  return { arrivals: batch.arrivals.slice(from, to) }
}

/** How many records at the front arrived before `oldest`. @unit epoch ms @source aws-semantics §4.5 */
export function countExpired(batch: Batch, oldest: number): number {
  let count = 0
  while (count < batch.arrivals.length && batch.arrivals[count]! < oldest) count++
  return count
}
