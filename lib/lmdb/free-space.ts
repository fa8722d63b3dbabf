import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

/** What a new LMDB environment needs at least: without it LMDB ends the process while it opens. @unit bytes */
const NEW_ENVIRONMENT_BYTES = 64 * 1024
/** With less than this a write that failed is taken to have found no space. @unit bytes */
const SPACE_BYTES_MIN = 256 * 1024

/** @returns bytes that are free where `path` is; `undefined` where nobody can say. */
export function maybeFreeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  } catch {
    return undefined // not there, or of a kind that cannot say
  }
}

/** Why an environment in this directory cannot be made, if so. One that exists needs no room. */
export function noRoomReason(directory: string): string | undefined {
  const isThere = ['data.mdb', 'lock.mdb'].every((file) => existsSync(join(directory, file)))
  const freeBytes = isThere ? undefined : maybeFreeBytes(directory)
  return freeBytes !== undefined && freeBytes < NEW_ENVIRONMENT_BYTES
    ? noSpaceReason(freeBytes)
    : undefined
}

/**
 * Why a write failed, in words for people. LMDB says "Input/output error" for a full disk as well, and adds numbers of
 * its pages.
 *
 * @param freeBytes Space that is left; `undefined` where nobody can say.
 */
export function writeFailureReason(message: string, freeBytes: number | undefined): string {
  const [text = message] = message.split(': Attempting to write page')
  if (freeBytes === undefined || !/Input\/output error|No space left/i.test(text)) return text
  return freeBytes < SPACE_BYTES_MIN
    ? noSpaceReason(freeBytes)
    : `${text}, ${freeBytes} bytes are free`
}

export function noSpaceReason(freeBytes: number): string {
  return `no space left on the device, ${freeBytes} bytes are free`
}
