/** What an answer means for its batch. @source aws-semantics §4.1, §4.4 */
export type Verdict =
  | { readonly type: 'succeeded'; readonly state?: string }
  /**
   * Records before `index` are done; the one at `index` is the lowest that failed. `index` is at least 1.
   * `state`: what a tumbling window goes on from, as JSON (D28).
   */
  | { readonly type: 'failed-from'; readonly index: number; readonly state?: string }
  /** A failed attempt of the whole batch; `functionError` is `null` for a bad response body. */
  | {
      readonly type: 'failed'
      readonly functionError: 'Unhandled' | null
      readonly error?: { readonly errorType: string; readonly errorMessage: string }
    }
  /** The function did not run: no attempt is spent. */
  | { readonly type: 'not-run'; readonly reason: string }

const SUCCEEDED: Verdict = { type: 'succeeded' }

/** Where a record's identifier stands in the batch, or -1. */
export type FindIdentifier = (identifier: string) => number

/**
 * Judges what a function with `ReportBatchItemFailures` returned.
 *
 * @param value The answer as JSON would carry it.
 * @source aws-semantics §4.4; D12 for answers that AWS says nothing of.
 */
export function judgePartialResponse(value: unknown, find: FindIdentifier): Verdict {
  if (value === null || value === undefined || value === '') return SUCCEEDED
  if (Array.isArray(value) && value.length === 0) return SUCCEEDED
  if (typeof value !== 'object' || Array.isArray(value)) {
    return badResponse(`the answer is ${describe(value)}, not an object`)
  }
  const failures = Object.hasOwn(value, 'batchItemFailures')
    ? (value as { batchItemFailures: unknown }).batchItemFailures
    : null
  if (failures === null || failures === undefined) return SUCCEEDED
  if (!Array.isArray(failures)) {
    return badResponse(`batchItemFailures is ${describe(failures)}, not a list`)
  }
  return judgeFailures(failures, find)
}

function judgeFailures(failures: readonly unknown[], find: FindIdentifier): Verdict {
  if (failures.length === 0) return SUCCEEDED
  let lowest = Number.POSITIVE_INFINITY
  for (const failure of failures) {
    const identifier =
      typeof failure === 'object' && failure !== null && Object.hasOwn(failure, 'itemIdentifier')
        ? (failure as { itemIdentifier: unknown }).itemIdentifier
        : undefined
    if (typeof identifier !== 'string' || identifier === '') {
      return badResponse('an entry of batchItemFailures has no itemIdentifier')
    }
    const index = find(identifier)
    if (index < 0) return badResponse(`itemIdentifier ${identifier} is not in the batch`)
    lowest = Math.min(lowest, index)
  }
  // The first record failed: no progress, so it is a failed attempt (aws-semantics §4.3 rule 5).
  if (lowest === 0) return badResponse('the first record of the batch failed')
  return { type: 'failed-from', index: lowest }
}

function badResponse(errorMessage: string): Verdict {
  const error = { errorType: 'BatchItemFailures', errorMessage }
  return { type: 'failed', functionError: null, error }
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
}
