import { ApiError, type ApiException } from '../mapping/api-error.ts'

const MODEL = 'com.amazonaws.dynamodb.v20120810'
const SERVICE = 'com.amazon.coral.service'

/** Where each error stands in `__type`. @source aws-semantics §6.3 [D]; the namespaces as DynamoDB Local writes them */
const NAMESPACE_BY_EXCEPTION: Partial<Record<StreamsException, string>> = {
  ResourceNotFoundException: MODEL,
  TrimmedDataAccessException: MODEL,
  ExpiredIteratorException: MODEL,
  InternalServerError: MODEL,
  ValidationException: 'com.amazon.coral.validate',
}

/** AWS's names of what the API of streams refuses; those without a namespace of their own are its servers'. */
export type StreamsException =
  | ApiException
  | 'TrimmedDataAccessException'
  | 'ExpiredIteratorException'
  | 'InternalServerError'
  | 'SerializationException'
  | 'UnknownOperationException'

/** A body that is no JSON, or too much of it. */
const OF_BODY: ReadonlySet<ApiException> = new Set([
  'InvalidRequestContentException',
  'RequestTooLargeException',
])

/** An answer of the DynamoDB Streams API that refuses a request. */
export class StreamsError extends Error {
  override readonly name = 'StreamsError'
  readonly exception: StreamsException

  constructor(exception: StreamsException, message: string) {
    super(message)
    this.exception = exception
  }

  /** Of HTTP. This protocol has 400 for all that the caller can mend. */
  get status(): 400 | 500 {
    return this.exception === 'InternalServerError' ? 500 : 400
  }

  /** `__type`, as JSON 1.0 has it. */
  get type(): string {
    return `${NAMESPACE_BY_EXCEPTION[this.exception] ?? SERVICE}#${this.exception}`
  }
}

/** What is refused before any operation is asked, in the words of this protocol. What is no refusal stays in the log. */
export function toStreamsError(error: Error & { readonly statusCode?: number }): StreamsError {
  if (error instanceof StreamsError) return error
  const status = error instanceof ApiError ? error.status : (error.statusCode ?? 500)
  if (status >= 500) return new StreamsError('InternalServerError', 'internal failure: see the log')
  const isOfBody = !(error instanceof ApiError) || OF_BODY.has(error.exception)
  return new StreamsError(isOfBody ? 'SerializationException' : error.exception, error.message)
}

/** @source aws-semantics §6.3 [N] */
export function streamNotFound(streamArn: string): StreamsError {
  return new StreamsError(
    'ResourceNotFoundException',
    `Requested resource not found: Stream: ${streamArn} not found`,
  )
}

/** Readers take it for the end of the shard. @source aws-semantics §6.5 [D] */
export function shardNotFound(): StreamsError {
  return new StreamsError(
    'ResourceNotFoundException',
    'Requested resource not found: Shard does not exist',
  )
}

/** @source DynamoDB Streams API reference, TrimmedDataAccessException [D] */
export function trimmed(): StreamsError {
  return new StreamsError(
    'TrimmedDataAccessException',
    'The data you are trying to access has been trimmed.',
  )
}
