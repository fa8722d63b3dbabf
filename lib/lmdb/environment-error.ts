import { join } from 'node:path'
import { MillraceError } from '../core/errors.ts'
import { maybeFreeBytes, noRoomReason, writeFailureReason } from './free-space.ts'
import { type FileCheck, verifyFile } from './verify-file.ts'

/** @param directory as people know it. */
export function damaged(directory: string, reason: string, cause?: unknown): MillraceError {
  return MillraceError.of('MILLRACE_DATA_DAMAGED', { directory, reason }, cause)
}

/** `cause` says why, in the words of LMDB or of the operating system. */
export function unwritable(directory: string, cause: unknown): MillraceError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const reason = writeFailureReason(message, maybeFreeBytes(directory))
  return MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory, reason }, cause)
}

/**
 * Refuses what would make LMDB end the process when it opens: damaged pages, which it trusts, and a disk without room
 * for its files.
 *
 * @param path where the environment is. @param directory as people know it.
 * @throws MillraceError MILLRACE_DATA_DAMAGED, MILLRACE_DATA_UNWRITABLE
 */
export function expectOpenable(path: string, directory: string, check: FileCheck): void {
  const damage = verifyFile(join(path, 'data.mdb'), check)
  if (damage !== undefined) throw damaged(directory, damage)
  const noRoom = noRoomReason(path)
  if (noRoom !== undefined) throw unwritable(directory, new Error(noRoom))
}

/**
 * The reason of a failed commit: lmdb-js rejects a second promise with it, which would end the process if nobody
 * took it. That promise may stay open, so it is waited for briefly only.
 */
export async function commitFailure(error: unknown): Promise<unknown> {
  const reason = error instanceof Error && 'commitError' in error ? error.commitError : undefined
  if (!(reason instanceof Promise)) return error
  const settled = reason.then(
    () => error,
    (cause: unknown) => cause,
  )
  const turnOver = new Promise((resolve) => setImmediate(() => setImmediate(resolve, error)))
  return Promise.race([settled, turnOver])
}
