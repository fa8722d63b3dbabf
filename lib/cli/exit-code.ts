import type { ErrorCode } from '../core/errors.ts'

/** What the process says when it ends. @source contract §2 */
export const EXIT_CODE = {
  done: 0,
  failure: 1,
  usage: 2,
  configuration: 3,
  unreachable: 4,
  threshold: 5,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE]

const CONFIGURATION_CODES: readonly ErrorCode[] = [
  'MILLRACE_SETTING_INVALID',
  'MILLRACE_SETTING_UNKNOWN',
  'MILLRACE_SETTING_REFUSED',
  'MILLRACE_CONFIG_UNREADABLE',
  'MILLRACE_CONFIG_MALFORMED',
  'MILLRACE_MAPPING_REFUSED',
  'MILLRACE_STREAM_CONFLICT',
  // D34: a handler that cannot be loaded, before anything was read.
  'MILLRACE_HANDLER_UNLOADABLE',
]

/** The exit code of a command that ended with this error. @source contract §2; D34 */
export function exitCodeOf(code: ErrorCode): ExitCode {
  if (CONFIGURATION_CODES.includes(code)) return EXIT_CODE.configuration
  return code === 'MILLRACE_SOURCE_UNREACHABLE' ? EXIT_CODE.unreachable : EXIT_CODE.failure
}
