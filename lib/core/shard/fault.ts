import { unreachable } from '../invariant.ts'

/** What went wrong with one call of the source's API. */
export type ServiceFault =
  /** No usable answer: connection, timeout, a body that is cut off, too large or no JSON. */
  | { readonly type: 'no-answer'; readonly operation: string; readonly reason: string }
  /** The service answered with an error. `code` is the bare exception name, '' where there is none. */
  | {
      readonly type: 'error-answer'
      readonly operation: string
      readonly status: number
      readonly code: string
      readonly reason: string
    }
  /** No request was sent: there are no credentials. */
  | { readonly type: 'no-credentials'; readonly operation: string; readonly reason: string }

/** The port's `SourceFailure`. */
export type ReadFailure = {
  readonly type: 'throttled' | 'unreachable' | 'refused'
  readonly reason: string
}

export type FaultVerdict =
  | { readonly type: 'expired' | 'trimmed' | 'shard-gone' }
  | { readonly type: 'failed'; readonly failure: ReadFailure }

const THROTTLES: ReadonlySet<string> = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
])

/** What a fault means for the reader of a shard. @source aws-semantics §6.3, §6.5 */
export function judgeFault(fault: ServiceFault): FaultVerdict {
  if (fault.type === 'error-answer') {
    if (fault.code === 'ExpiredIteratorException') return { type: 'expired' }
    if (fault.code === 'TrimmedDataAccessException') return { type: 'trimmed' }
    if (isShardGone(fault.code, fault.reason)) return { type: 'shard-gone' }
    // A server that was started anew does not know its old iterators.
    if (fault.operation === 'GetRecords' && isBadIterator(fault.code, fault.reason))
      return { type: 'expired' }
  }
  return { type: 'failed', failure: failureOf(fault) }
}

/** What a fault means where no shard is read: throttled and unreachable pass with time, refused does not. */
export function failureOf(fault: ServiceFault): ReadFailure {
  switch (fault.type) {
    case 'no-answer':
      return { type: 'unreachable', reason: fault.reason }
    case 'no-credentials':
      return { type: 'refused', reason: fault.reason }
    case 'error-answer':
      return { type: failureType(fault.status, fault.code), reason: describeError(fault) }
    default:
      return unreachable(fault)
  }
}

function failureType(status: number, code: string): ReadFailure['type'] {
  if (status === 429 || THROTTLES.has(code)) return 'throttled'
  return status >= 500 || status === 408 ? 'unreachable' : 'refused'
}

function describeError(fault: ServiceFault & { type: 'error-answer' }): string {
  return [fault.code || `HTTP status ${fault.status}`, fault.reason].filter(Boolean).join(': ')
}

/** The same exception says that the whole stream is unknown; only its text (ARNs aside) tells them apart. */
function isShardGone(code: string, reason: string): boolean {
  if (code !== 'ResourceNotFoundException') return false
  const text = reason.replace(/arn:\S*/g, '')
  return /\bshard/i.test(text) || !/\bstream\b/i.test(text)
}

function isBadIterator(code: string, reason: string): boolean {
  return code === 'ValidationException' && /ShardIterator/i.test(reason)
}
