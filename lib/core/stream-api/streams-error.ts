const MODEL = 'com.amazonaws.dynamodb.v20120810'
const SERVICE = 'com.amazon.coral.service'

/** Where each error stands in `__type`. @source aws-semantics §6.3 [D]; the namespaces as DynamoDB Local writes them */
const NAMESPACE_BY_EXCEPTION = {
  ResourceNotFoundException: MODEL,
  TrimmedDataAccessException: MODEL,
  ExpiredIteratorException: MODEL,
  InternalServerError: MODEL,
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: SERVICE,
  UnknownOperationException: SERVICE,
} as const

/** AWS's names of what the API of streams refuses. */
export type StreamsException = keyof typeof NAMESPACE_BY_EXCEPTION

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
    return `${NAMESPACE_BY_EXCEPTION[this.exception]}#${this.exception}`
  }
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
