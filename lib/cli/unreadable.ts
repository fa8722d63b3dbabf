import { MillraceError } from '../core/errors.ts'

/** What is said of a file, or of standard input, that could not be read. */
export function unreadable(file: string, error: Error): MillraceError {
  const { code } = error as NodeJS.ErrnoException
  const reason =
    code === 'ENOENT'
      ? 'there is no such file'
      : code === 'EISDIR'
        ? 'it is a directory'
        : error.message
  return MillraceError.of('MILLRACE_INPUT_UNREADABLE', { file, reason }, error)
}
