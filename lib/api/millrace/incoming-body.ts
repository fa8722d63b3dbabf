import type { Readable } from 'node:stream'
import { ApiError } from '../../core/mapping/api-error.ts'

/**
 * Hands a body over as its bytes come. Resolves behind the last of them. When `take` throws, the rest passes by unused: the
 * connection stays as it should be, and who sends it can read the answer.
 * @throws ApiError RequestTooLargeException, InvalidRequestContentException where it was cut off; what `take` or a check of
 *   the body throws.
 */
export function readBody(
  body: Readable,
  bytesMax: number,
  take: (chunk: Buffer) => void,
): Promise<void> {
  let bytes = 0
  let isRefused = false
  return new Promise((resolve, reject) => {
    const refuse = (error: unknown): void => {
      isRefused = true
      reject(error)
    }
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bytesMax) {
        // Nobody knows how long it would go on: nothing of it is read any more.
        body.pause()
        return refuse(tooLarge(bytesMax))
      }
      if (isRefused) return
      try {
        take(chunk)
      } catch (error) {
        refuse(error)
      }
    })
    const cutOff = (): void =>
      refuse(new ApiError('InvalidRequestContentException', 'the body was cut off'))
    body.once('end', resolve)
    body.once('error', (error) => (error instanceof ApiError ? refuse(error) : cutOff()))
    body.once('close', cutOff)
  })
}

/** A body beyond the limit. */
export const tooLarge = (bytesMax: number): ApiError =>
  new ApiError('RequestTooLargeException', `Request must be smaller than ${bytesMax} bytes`)
