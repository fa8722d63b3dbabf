import { ApiError } from '../core/mapping/api-error.ts'

/** Members and elements of all depths together; AWS's own requests have a few dozen. */
const VALUES_MAX = 100_000

/** What AWS's servers answer for a body that is no JSON. */
const UNREADABLE = 'Could not parse request body into json: '

/**
 * Reads a body of JSON; an empty one counts as `{}`. A member called `__proto__` stays a plain member and changes nothing.
 * @throws ApiError InvalidRequestContentException
 */
export function readJsonBody(body: Buffer): unknown {
  if (body.length === 0) return {}
  const text = decode(body)
  let values = 0
  try {
    return JSON.parse(text, (_, value: unknown) => {
      if (++values > VALUES_MAX) throw new Error(`more than ${VALUES_MAX} values`)
      return value
    })
  } catch (error) {
    throw unreadable(error instanceof RangeError ? 'nested too deeply' : (error as Error).message)
  }
}

/** The body of a request, as JSON. @throws ApiError InvalidRequestContentException */
export const jsonOf = (request: { readonly body: unknown }): unknown =>
  readJsonBody(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0))

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw unreadable('it is not UTF-8')
  }
}

const unreadable = (reason: string): ApiError =>
  new ApiError('InvalidRequestContentException', UNREADABLE + reason)
