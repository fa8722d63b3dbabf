/** An error of the user's function, in the shape of the Invoke answer. @source aws-semantics §9.3 */
export type FunctionError = {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace?: readonly string[]
}

/** Characters of an error's message or stack that are kept. @unit characters @source ours: failed batches keep it */
export const ERROR_TEXT_LENGTH_MAX = 65_536
/** Size of an answer. @unit bytes @source aws-semantics §9.3 */
export const ANSWER_BYTES_MAX = 6_291_556

/** An error-like object of another realm counts as an error, as in Lambda's runtime. */
function isErrorLike(thrown: unknown): thrown is Error {
  if (thrown instanceof Error) return true
  if (typeof thrown !== 'object' || thrown === null) return false
  const { name, message, stack } = thrown as Partial<Error>
  return [name, message, stack].every((text) => typeof text === 'string' && text !== '')
}

const cut = (text: string): string => text.slice(0, ERROR_TEXT_LENGTH_MAX).replaceAll('\x7f', '%7F')

/**
 * What Lambda answers for something thrown, rejected or given to the callback, whatever it is. Never throws,
 * not even when the thing's own getters do. @source aws-semantics §9.3, Lambda's Node runtime `toRapidResponse`
 */
export function thrownError(thrown: unknown): FunctionError {
  try {
    if (!isErrorLike(thrown)) {
      return { errorType: typeof thrown, errorMessage: cut(String(thrown)), trace: [] }
    }
    return {
      errorType: cut(String(thrown.name)),
      errorMessage: cut(String(thrown.message)),
      trace: cut(String(thrown.stack ?? '')).split('\n'),
    }
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    }
  }
}

/** `Runtime.UnhandledPromiseRejection`, as Lambda names a rejection that nobody handled. @source aws-semantics §9.4 */
export function unhandledRejectionError(reason: unknown): FunctionError {
  const { errorMessage, trace } = thrownError(reason)
  const message = reason instanceof Error ? (trace?.[0] ?? errorMessage) : errorMessage
  return {
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: message,
    trace: [`Runtime.UnhandledPromiseRejection: ${message}`, ...(trace ?? []).slice(1)],
  }
}

/** The function's time was up. @source aws-semantics §9.3, §9.6 */
export function timedOutError(requestId: string, timeoutSeconds: number): FunctionError {
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  }
}

/**
 * The environment ended while the function ran.
 * @param requestId the invocation, or `init` while the module was loaded.
 * @param reason `exit status 127`, `signal: killed`; without it: exit status 0. @source aws-semantics §9.3
 */
export function exitedError(requestId: string, reason?: string): FunctionError {
  const how = reason === undefined ? 'without providing a reason' : `with error: ${reason}`
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: `RequestId: ${requestId} Error: Runtime exited ${how}`,
  }
}

/** The function's module did not load in time. @source aws-semantics §9.6, in the words of a timeout */
export function loadTimedOutError(timeLimitMs: number): FunctionError {
  const seconds = (timeLimitMs / 1000).toFixed(2)
  return {
    errorType: 'Sandbox.Timedout',
    errorMessage: `Error: Init timed out after ${seconds} seconds`,
  }
}

/** A promise that nothing can settle any more. @source aws-semantics §9.4 */
export function neverSettledError(): FunctionError {
  const errorMessage =
    'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes'
  return { errorType: 'Runtime.NodeJsExit', errorMessage, trace: [] }
}
