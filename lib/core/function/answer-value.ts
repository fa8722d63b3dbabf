import { utf8Length } from '../utf8.ts'
import { ANSWER_BYTES_MAX, type FunctionError } from './function-error.ts'

/** A function's answer as its invoker gets it: JSON data, or why it could not be delivered. */
export type AnswerValue =
  /** `state`: that member of the answer, as JSON, where it was asked for apart; `value` may lack it then. */
  | { readonly type: 'returned'; readonly value: unknown; readonly state?: string }
  | { readonly type: 'function-error'; readonly error: FunctionError }

const NOTHING: AnswerValue = { type: 'returned', value: null }

/** UTF-16 units that cannot exceed the limit in UTF-8. */
const LENGTH_SURELY_WITHIN = Math.floor(ANSWER_BYTES_MAX / 3)

const hasToJson = (value: object): boolean => 'toJSON' in value

/** `{ batchItemFailures: [] }` is what most partial-response handlers answer: it is its own JSON. */
function isEmptyFailureList(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  const keys = Object.keys(value)
  if (keys.length !== 1 || keys[0] !== 'batchItemFailures') return false
  const list: unknown = (value as { batchItemFailures: unknown }).batchItemFailures
  return Array.isArray(list) && list.length === 0 && !hasToJson(list) && !hasToJson(value)
}

/**
 * What Lambda delivers of a value that a function returned: it goes through JSON, so `undefined` becomes `null`
 * and `toJSON` counts. Never throws. @source aws-semantics §9.3, §9.4
 * @returns `Runtime.MarshalError` where it has no JSON, `Function.ResponseSizeTooLarge` beyond the limit.
 */
export function answerValue(value: unknown): AnswerValue {
  if (value === undefined || value === null) return NOTHING
  try {
    if (typeof value === 'object' && isEmptyFailureList(value)) return { type: 'returned', value }
    const json: string | undefined = JSON.stringify(value)
    if (json === undefined) return NOTHING
    if (json.length > LENGTH_SURELY_WITHIN && utf8Length(json) > ANSWER_BYTES_MAX) return tooLarge()
    return { type: 'returned', value: JSON.parse(json) }
  } catch {
    return unwritable()
  }
}

/** What stands before a state in the JSON of an object that has only that. */
const STATE_FROM = '{"state":'.length

/**
 * The same for an answer that carries a window's state, which may be large: a state is wanted as JSON, so it is not
 * parsed only to be written again. Never throws. @source aws-semantics §5
 */
export function answerWithState(value: unknown): AnswerValue {
  if (!isPlainWithState(value)) return stateApart(answerValue(value))
  try {
    const { state, ...others } = value
    const answer = answerValue(others)
    const json = JSON.stringify({ state })
    if (answer.type !== 'returned' || json === '{}') return answer
    if (json.length > LENGTH_SURELY_WITHIN && utf8Length(json) > ANSWER_BYTES_MAX) return tooLarge()
    return { ...answer, state: json.slice(STATE_FROM, -1) }
  } catch {
    return unwritable()
  }
}

/** Its members can be written one by one. */
function isPlainWithState(value: unknown): value is { readonly state: unknown } {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'state')) return false
  return Object.getPrototypeOf(value) === Object.prototype && !hasToJson(value)
}

function stateApart(answer: AnswerValue): AnswerValue {
  if (answer.type !== 'returned') return answer
  const { value } = answer
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'state')) return answer
  return { ...answer, state: JSON.stringify((value as { readonly state: unknown }).state) }
}

function unwritable(): AnswerValue {
  const errorMessage = 'Unable to stringify response body'
  return { type: 'function-error', error: { errorType: 'Runtime.MarshalError', errorMessage } }
}

function tooLarge(): AnswerValue {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${ANSWER_BYTES_MAX} bytes).`
  return {
    type: 'function-error',
    error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage },
  }
}
