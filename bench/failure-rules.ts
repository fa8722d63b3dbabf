import type { LoggedInvocation } from './audit/handler-log.ts'

/** Settings of a mapping that say what becomes of a batch that fails. */
export type FailureRules = {
  /** `MaximumRetryAttempts` */
  readonly retries: number
  /** `BisectBatchOnFunctionError` */
  readonly bisect: boolean
  /** `ReportBatchItemFailures`, and a handler that tells of the first record that fails. */
  readonly partial: boolean
}

/** What AWS's rules demand of one batch. */
export type Demand = {
  /** Records of each invocation, in order. */
  readonly invocations: readonly (readonly number[])[]
  readonly discarded: readonly number[]
}

/**
 * Plays AWS's rules on a batch some of whose records fail whenever they come. Written down from the measured
 * sequences and from nothing of the engine.
 * @source aws-semantics §4.3
 */
export function demandOf(
  batch: readonly number[],
  isPoison: (record: number) => boolean,
  rules: FailureRules,
): Demand {
  const invocations: (readonly number[])[] = []
  const discarded: number[] = []
  // What is still to be sent, what comes next at its end.
  const waiting: (readonly number[])[] = [batch]
  for (let records = waiting.pop(); records; records = waiting.pop()) {
    invocations.push(records)
    const failedAt = records.findIndex(isPoison)
    if (failedAt < 0) continue
    if (rules.partial && failedAt > 0) {
      waiting.push(records.slice(failedAt))
    } else if (rules.bisect && records.length > 1) {
      const half = records.length >> 1
      waiting.push(records.slice(half), records.slice(0, half))
    } else {
      for (let retry = 0; retry < rules.retries; retry++) invocations.push(records)
      discarded.push(...records)
    }
  }
  return { invocations, discarded }
}

/** The batches that were cut anew: what a failed one is sent as afterwards has records that have come before. */
export function* cutBatches(invocations: Iterable<LoggedInvocation>): Generator<readonly number[]> {
  const seen = new Set<number>()
  for (const { records } of invocations) {
    if (!seen.has(records[0]!)) yield records
    for (const record of records) seen.add(record)
  }
}
