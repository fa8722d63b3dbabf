import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../../core/mapping/api-error.ts'

/** Large bodies that are being read and worked on at the same time, together. @unit bytes */
const ROOM_BYTES = 256 * 1024 * 1024

/** How many bytes of bodies are taken in at the same time: who comes when there is no room is asked to come again. */
export class BodyRoom {
  readonly #roomBytes: number
  #usedBytes = 0

  constructor(roomBytes = ROOM_BYTES) {
    this.#roomBytes = roomBytes
  }

  /** For routes that take large bodies; before the body is read. */
  readonly hook = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const length = Number(request.headers['content-length'])
    // Who does not say how much it is may send as much as the route takes.
    const bytes = Number.isSafeInteger(length) ? length : request.routeOptions.bodyLimit
    if (this.#usedBytes > 0 && this.#usedBytes + bytes > this.#roomBytes) {
      reply.header('Retry-After', '1')
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', [], {
        reason: 'CallerRateLimitExceeded',
      })
    }
    this.#usedBytes += bytes
    reply.raw.once('close', () => {
      this.#usedBytes -= bytes
    })
  }
}
