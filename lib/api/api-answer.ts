import type { FastifyReply } from 'fastify'
import { MillraceError } from '../core/errors.ts'
import { ApiError } from '../core/mapping/api-error.ts'

/** An error as AWS's REST-JSON services say it. @source aws-semantics §1.1 */
export type ErrorAnswer = {
  readonly status: number
  readonly exception: string
  readonly message: string
  /** Of what is throttled. */
  readonly reason?: string | undefined
}

/** What a client is told. What is no refusal is a bug or a broken machine: it is told apart, in the log. */
export function errorAnswerOf(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) {
    const { status, exception, message, reason } = error
    return { status, exception, message, reason }
  }
  if (error instanceof MillraceError)
    return { status: 500, exception: 'ServiceException', message: error.message }
  return { status: 500, exception: 'ServiceException', message: 'internal failure: see the log' }
}

/** The body of an error in the shape of AWS's REST-JSON services. */
export const errorBodyOf = ({ status, message, reason }: ErrorAnswer) => ({
  Type: status >= 500 ? 'Service' : 'User',
  message,
  ...(reason === undefined ? {} : { Reason: reason }),
})

/** Sends an error in that shape. */
export function sendError(reply: FastifyReply, answer: ErrorAnswer): void {
  reply
    .code(answer.status)
    .header('x-amzn-ErrorType', answer.exception)
    .type('application/json')
    .send(errorBodyOf(answer))
}
