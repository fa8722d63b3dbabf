import { type FindIdentifier, judgePartialResponse, type Verdict } from '../lane/verdict.ts'

/**
 * Judges what a function returned in a tumbling window: without a `state` it is a failed invocation.
 *
 * @param value The answer as JSON would carry it, its state aside.
 * @param state Its `state` member as JSON; undefined where it has none.
 * @param find Where partial responses are on: finds a record of the batch.
 * @source aws-semantics §5, §4.4; D28
 */
export function judgeWindowResponse(
  value: unknown,
  state: string | undefined,
  find: FindIdentifier | undefined,
): Verdict {
  if (state === undefined) {
    const errorMessage = 'the answer has no state, and the mapping has a tumbling window'
    const error = { errorType: 'TumblingWindow', errorMessage }
    return { type: 'failed', functionError: null, error }
  }
  const verdict: Verdict = find ? judgePartialResponse(value, find) : { type: 'succeeded' }
  if (verdict.type === 'failed' || verdict.type === 'not-run') return verdict
  return { ...verdict, state }
}
