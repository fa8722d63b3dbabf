import type { FastifyReply } from 'fastify'
import { MillraceError } from '../core/errors.ts'
import { ApiError } from '../core/mapping/api-error.ts'
import { millraceStatus } from './millrace-status.ts'

/** An error as AWS's REST-JSON services say it. @source aws-semantics §1.1 */
export type ErrorAnswer = {
  readonly status: number
  readonly exception: string
  readonly message: string
  /** Of what is throttled. */
  readonly reason?: string | undefined
  /** Of an error of ours: what it is, and what to do. */
  readonly ours?: { readonly Code: string; readonly Remedy: string }
}

/** What a client is told. What is no refusal is a bug or a broken machine: it is told apart, in the log. */
export function errorAnswerOf(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) {
    const { status, exception, message, reason } = error
    return { status, exception, message, reason }
  }
  if (error instanceof MillraceError) {
    const { code, message, remedy } = error
    return { ...millraceStatus(code), message, ours: { Code: code, Remedy: remedy } }
  }
  return { status: 500, exception: 'ServiceException', message: 'internal failure: see the log' }
}

/** Sends an error in the shape of AWS's REST-JSON services. */
export function sendError(reply: FastifyReply, answer: ErrorAnswer): void {
  const { status, exception, message, reason, ours } = answer
  reply
    .code(status)
    .header('x-amzn-ErrorType', exception)
    .type('application/json')
    .send({
      Type: status >= 500 ? 'Service' : 'User',
      message,
      ...(reason === undefined ? {} : { Reason: reason }),
      ...ours,
    })
}
