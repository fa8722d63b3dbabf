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

/** Invocations that were made, held against those that the rules demand. */
export type Comparison = {
  readonly made: number
  readonly demanded: number
  /** Of those made: not the one that was due next of its batch. */
  readonly unlike: number
  /** Records that the rules give up. */
  readonly discarded: ReadonlySet<number>
}

/**
 * Holds a log against the rules. What counts are the batches as they were cut: an invocation whose first record has not
 * come before has a new one. A drain that was not interrupted.
 */
export function compareWithRules(
  invocations: Iterable<LoggedInvocation>,
  isPoison: (record: number) => boolean,
  rules: FailureRules,
): Comparison {
  const dueOf = new Map<number, Iterator<readonly number[]>>()
  const discarded = new Set<number>()
  let made = 0
  let demanded = 0
  let unlike = 0
  for (const { records } of invocations) {
    made++
    let due = dueOf.get(records[0]!)
    if (!due) {
      const demand = demandOf(records, isPoison, rules)
      demanded += demand.invocations.length
      for (const record of demand.discarded) discarded.add(record)
      due = demand.invocations.values()
      for (const record of records) dueOf.set(record, due)
    }
    const next = due.next()
    if (next.done || String(next.value) !== String(records)) unlike++
  }
  return { made, demanded, unlike, discarded }
}
