import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type ErrorAnswer, errorBodyOf } from '../api-answer.ts'

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** What is answered to bytes that are no HTTP request, or come too slowly. @param code of node's parser, or its server. */
export function noRequestAnswer(code: string | undefined): ErrorAnswer {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, exception: 'RequestTimeoutException', message: 'the request is slow' }
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        exception: 'RequestTooLargeException',
        message: 'the headers of the request are too large',
      }
    default:
      return { status: 400, exception: 'BadRequestException', message: 'this is no HTTP request' }
  }
}

/** Answers what is no request, and cuts: what would come next on the connection cannot be told apart. */
export class ClientErrors {
  readonly #answers = new WeakMap<Socket, Set<ServerResponse>>()

  /** Every answer that a connection will carry. */
  follow(socket: Socket, answer: ServerResponse): void {
    const answers = this.#answers.get(socket) ?? new Set()
    this.#answers.set(socket, answers.add(answer))
    answer.once('close', () => answers.delete(answer))
  }

  readonly answer = (error: Error & { readonly code?: string }, socket: Socket): void => {
    // In the middle of another answer this one would be read as a part of it.
    const isAnswering = [...(this.#answers.get(socket) ?? [])].some((answer) => answer.headersSent)
    if (isAnswering || error.code === 'ECONNRESET' || !socket.writable) socket.destroy()
    else {
      socket.write(textOf(noRequestAnswer(error.code)))
      socket.destroySoon()
    }
  }
}

function textOf(answer: ErrorAnswer): string {
  const body = JSON.stringify(errorBodyOf(answer))
  const head = [
    `HTTP/1.1 ${answer.status} ${REASONS[answer.status]}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `x-amzn-ErrorType: ${answer.exception}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
