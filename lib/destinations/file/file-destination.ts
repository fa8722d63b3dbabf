import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FailedBatch } from '../../core/destination/failed-batch.ts'
import { failureDocumentWithPayload } from '../../core/destination/failure-document.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Destination } from '../../ports/destination.ts'
import { repairLastLine } from './last-line.ts'

/** It holds payloads: nobody else reads it. */
const FILE_MODE = 0o600

/**
 * Opens a `file:` destination (D36): NDJSON, one failure document a line, with the payload, in the member order of
 * S3, so that nothing of the batch is lost. A last line that a crash has torn is repaired.
 *
 * @param path Of the file; its directory must exist.
 * @throws MillraceError MILLRACE_DATA_UNWRITABLE
 */
export async function openFileDestination(path: string): Promise<Destination> {
  try {
    return new FileDestination(path, await openLines(path))
  } catch (error) {
    throw unwritable(path, error)
  }
}

class FileDestination implements Destination {
  readonly #path: string
  #file: FileHandle
  /** Deliveries happen one after another: a failed append is taken back by length. */
  #lastDelivery: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Resolves when the line is on disk. @throws MillraceError MILLRACE_DATA_UNWRITABLE; the file is as it was */
  deliver(failed: FailedBatch): Promise<void> {
    if (this.#closed !== undefined)
      return Promise.reject(unwritable(this.#path, new Error('the destination is closed')))
    const line = Buffer.from(`${failureDocumentWithPayload(failed)}\n`)
    const delivery = this.#lastDelivery.then(() => this.#append(line))
    this.#lastDelivery = delivery.catch(() => {}) // the caller has the failure
    return delivery
  }

  close(): Promise<void> {
    this.#closed ??= this.#lastDelivery.then(() => this.#file.close())
    return this.#closed
  }

  async #append(line: Buffer): Promise<void> {
    try {
      await this.#followPath()
      const { size } = await this.#file.stat()
      try {
        await this.#file.appendFile(line)
        await this.#file.datasync()
      } catch (error) {
        await this.#file.truncate(size)
        throw error
      }
    } catch (error) {
      throw unwritable(this.#path, error)
    }
  }

  /** Log rotation moves the file away: what is written to the old one would not be found under the path. */
  async #followPath(): Promise<void> {
    const [own, atPath] = await Promise.all([
      this.#file.stat(),
      stat(this.#path).catch(() => undefined),
    ])
    if (atPath?.ino === own.ino && atPath.dev === own.dev) return
    const moved = this.#file
    this.#file = await openLines(this.#path)
    await moved.close()
  }
}

/** Opens a file of lines for appending, made where it is missing, and makes its name durable. */
async function openLines(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+', FILE_MODE)
  try {
    await repairLastLine(file)
    await file.datasync()
    const directory = await open(dirname(path), 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function unwritable(path: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory: path, reason }, cause)
}
