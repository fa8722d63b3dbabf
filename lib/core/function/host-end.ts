import { unreachable } from '../invariant.ts'
import { exitedError, type FunctionError, thrownError, timedOutError } from './function-error.ts'

/** How a host came to its end. Its thread is gone in each case. */
export type HostEnd =
  /** The host's task returned. */
  | { readonly type: 'finished' }
  /** `process.exit` in the thread. */
  | { readonly type: 'exited'; readonly code: number }
  /** The heap outgrew `MemorySize`. */
  | { readonly type: 'out-of-memory' }
  /** {@link HostHandle.kill}, or the pool was closed. */
  | { readonly type: 'killed' }
  /** The host's task threw, an error left the thread, or the thread could not be started. */
  | { readonly type: 'crashed'; readonly error: unknown }

/**
 * What an invocation that ran in a host when it ended is answered with. @source aws-semantics §9.3, D27
 * @param end how the host ended; a killed one was blocked past its deadline.
 */
export function lostInvocationError(
  end: Exclude<HostEnd, { type: 'finished' }>,
  invocation: { readonly requestId: string; readonly timeoutSeconds: number },
): FunctionError {
  const { requestId, timeoutSeconds } = invocation
  switch (end.type) {
    case 'exited':
      return end.code === 0
        ? exitedError(requestId)
        : exitedError(requestId, `exit status ${end.code}`)
    case 'out-of-memory':
      return exitedError(requestId, 'signal: killed')
    case 'killed':
      return timedOutError(requestId, timeoutSeconds)
    case 'crashed':
      return thrownError(end.error)
    default:
      return unreachable(end)
  }
}

/** A host's end in a few words, for people. */
export function describeEnd(end: HostEnd): string {
  switch (end.type) {
    case 'finished':
      return 'its work was done'
    case 'exited':
      return `exit status ${end.code}`
    case 'out-of-memory':
      return 'out of memory'
    case 'killed':
      return 'it was ended'
    case 'crashed':
      return thrownError(end.error).errorMessage
    default:
      return unreachable(end)
  }
}
