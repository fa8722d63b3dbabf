import { type ErrorCode, MillraceError } from '../../core/errors.ts'
import { ApiError, type ApiException } from '../../core/mapping/api-error.ts'
import { toApiError } from '../../core/mapping/mapping-problem.ts'
import { SettingError } from '../../core/mapping/setting-rule.ts'

/** What the caller can mend; anything else is a failure of ours or of the machine. */
const EXCEPTION_BY_CODE: Partial<Record<ErrorCode, ApiException>> = {
  MILLRACE_STREAM_UNKNOWN: 'ResourceNotFoundException',
  MILLRACE_STREAM_CONFLICT: 'ResourceConflictException',
  MILLRACE_STREAM_CLOSED: 'ResourceConflictException',
  MILLRACE_SETTING_INVALID: 'ValidationException',
}

/**
 * Runs `work`; what it refuses is said as the API says it.
 * @param input What it was asked with, where settings are checked.
 * @throws ApiError
 */
export async function asApi<Value>(work: () => Promise<Value>, input?: unknown): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SettingError) throw toApiError(error.problem, input)
    const exception = error instanceof MillraceError ? EXCEPTION_BY_CODE[error.code] : undefined
    if (exception) throw new ApiError(exception, (error as MillraceError).message)
    throw error
  }
}
