/** What decides what an answer means. */
export type AnswerRules = {
  /** `ReportBatchItemFailures`. */
  readonly partial: boolean
  /** The mapping has tumbling windows: without a state an invocation has failed. */
  readonly window: boolean
}

/** What an answer means for its records. */
export type AnswerOutcome =
  | { readonly type: 'succeeded' }
  | { readonly type: 'failed' }
  /** Those before `position` succeeded; it is at least 1. */
  | { readonly type: 'failed-from'; readonly position: number }

const SUCCEEDED: AnswerOutcome = { type: 'succeeded' }
const FAILED: AnswerOutcome = { type: 'failed' }

/**
 * Lambda's rules for what a function returned, written once more for the audit, which shares no code with the engine.
 * @param sequenceNumbers of the event's records, in order.
 * @source aws-semantics §4.4, §5
 */
export function outcomeOf(
  value: unknown,
  sequenceNumbers: readonly string[],
  { partial, window }: AnswerRules,
): AnswerOutcome {
  if (!partial && !window) return isWritable(value) ? SUCCEEDED : FAILED
  if (!isWritable(value)) return FAILED
  const answer: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
  if (window && !isObjectWith(answer, 'state')) return FAILED
  return partial ? partialOutcome(answer, sequenceNumbers) : SUCCEEDED
}

function partialOutcome(answer: unknown, sequenceNumbers: readonly string[]): AnswerOutcome {
  if (answer === null || answer === '') return SUCCEEDED
  if (Array.isArray(answer)) return answer.length === 0 ? SUCCEEDED : FAILED
  if (typeof answer !== 'object') return FAILED
  const failures = isObjectWith(answer, 'batchItemFailures') ? answer.batchItemFailures : null
  if (failures === null) return SUCCEEDED
  if (!Array.isArray(failures)) return FAILED
  const positions = failures.map((failure: unknown) => {
    const identifier = isObjectWith(failure, 'itemIdentifier') ? failure.itemIdentifier : undefined
    return typeof identifier === 'string' ? sequenceNumbers.indexOf(identifier) : -1
  })
  if (positions.length === 0) return SUCCEEDED
  const position = Math.min(...positions)
  // An item that is not in the batch, or the very first one: nothing of it succeeded.
  return position < 1 ? FAILED : { type: 'failed-from', position }
}

function isObjectWith<Name extends string>(
  value: unknown,
  name: Name,
): value is Readonly<Record<Name, unknown>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
}

/** Whether it has a JSON: what has none, a circle for example, fails its invocation. */
function isWritable(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return typeof value !== 'bigint'
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}
