import type { ErrorCode } from '../core/errors.ts'

/** How an error of ours is told in AWS's shape. */
export type MillraceStatus = { readonly status: number; readonly exception: string }

const UNKNOWN = { status: 404, exception: 'ResourceNotFoundException' }
const CONFLICT = { status: 409, exception: 'ResourceConflictException' }
const INVALID = { status: 400, exception: 'InvalidParameterValueException' }
const UNAVAILABLE = { status: 503, exception: 'ServiceUnavailableException' }
const BROKEN = { status: 500, exception: 'ServiceException' }

const BY_CODE: Partial<Record<ErrorCode, MillraceStatus>> = {
  MILLRACE_STREAM_UNKNOWN: UNKNOWN,
  MILLRACE_SHARD_UNKNOWN: UNKNOWN,
  MILLRACE_FUNCTION_UNKNOWN: UNKNOWN,
  MILLRACE_MAPPING_UNKNOWN: UNKNOWN,
  MILLRACE_FAILED_BATCH_UNKNOWN: UNKNOWN,
  MILLRACE_REDRIVE_UNKNOWN: UNKNOWN,
  MILLRACE_STREAM_CONFLICT: CONFLICT,
  MILLRACE_STREAM_CLOSED: CONFLICT,
  MILLRACE_SHARD_REFUSED: CONFLICT,
  MILLRACE_REDRIVE_REFUSED: CONFLICT,
  MILLRACE_POSITION_REFUSED: CONFLICT,
  MILLRACE_HANDLER_UNLOADABLE: CONFLICT,
  MILLRACE_RECORD_INVALID: INVALID,
  MILLRACE_SETTING_INVALID: INVALID,
  MILLRACE_SETTING_UNKNOWN: INVALID,
  MILLRACE_SETTING_REFUSED: INVALID,
  MILLRACE_STATE: UNAVAILABLE,
  MILLRACE_ABORTED: UNAVAILABLE,
}

/** What a request is answered that meets this error; what is nobody's request's fault is one of the server. */
export const millraceStatus = (code: ErrorCode): MillraceStatus => BY_CODE[code] ?? BROKEN
