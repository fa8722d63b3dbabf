import type { SettingPath, SettingProblem } from './setting-rule.ts'

/** HTTP status by exception name. @source aws-semantics §1.1 [D, N] */
const STATUS_BY_EXCEPTION = {
  BadRequestException: 400,
  ValidationException: 400,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  ResourceInUseException: 400,
  AccessDeniedException: 403,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  ResourceNotFoundException: 404,
  ResourceConflictException: 409,
  PreconditionFailedException: 412,
  RequestTooLargeException: 413,
  TooManyRequestsException: 429,
  ServiceException: 500,
} as const

/** AWS's names of what the API refuses. */
export type ApiException = keyof typeof STATUS_BY_EXCEPTION

/** An answer of the API that refuses a request, with AWS's exception name, HTTP status and text. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly exception: ApiException
  /** Of HTTP: 400 to 500. */
  readonly status: number
  /** The member it is about, as the API spells it: `['DestinationConfig', 'OnSuccess']`. */
  readonly path: SettingPath

  /** Where one member breaks its own rule: what the rule is, for those who say it otherwise. @internal */
  readonly problem?: SettingProblem

  /** What AWS does not say: for the log, and for who wrote the configuration. */
  readonly detail?: string

  /** What a throttled request is told besides. @source aws-semantics §1.1 */
  readonly reason?: string

  /** @internal */
  constructor(
    exception: ApiException,
    message: string,
    path: SettingPath = [],
    more: {
      readonly problem?: SettingProblem
      readonly detail?: string
      readonly reason?: string
    } = {},
  ) {
    super(message)
    this.exception = exception
    this.status = STATUS_BY_EXCEPTION[exception]
    this.path = path
    if (more.problem) this.problem = more.problem
    if (more.detail) this.detail = more.detail
    if (more.reason) this.reason = more.reason
  }
}

/** The mapping's stream, function and UUID, as the conflict names them. */
export type MappingIdentity = {
  readonly eventSource: string
  readonly functionName: string
  readonly uuid: string
}

/** The spaces inside the quotes are AWS's. @source aws-semantics §1.4 [N] */
export function mappingConflict(existing: MappingIdentity): ApiError {
  return new ApiError(
    'ResourceConflictException',
    `The event source arn (" ${existing.eventSource} ") and function (" ${existing.functionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${existing.uuid}`,
  )
}
