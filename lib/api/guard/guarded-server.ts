import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ApiError } from '../../core/mapping/api-error.ts'
import { SYSTEM_RANDOM } from '../../engine/system-random.ts'
import { errorAnswerOf, sendError } from '../api-answer.ts'
import { ClientErrors } from './client-error.ts'
import { formRefusal } from './form-guard.ts'
import { hostRefusal, type Listener } from './host-guard.ts'
import { headOf } from './request-head.ts'
import { createLimitedServer, SERVER_LIMITS, type ServerLimits } from './server-limits.ts'
import type { SignatureGuard } from './signature-guard.ts'

/** What a server needs to know before it takes a request. */
export type GuardedServerParts = {
  readonly log: Pick<Logger, 'debug' | 'error'>
  readonly listener: () => Listener
  /** Where requests have to be signed. */
  readonly signatures?: SignatureGuard | undefined
}

/** An HTTP server without routes: limits, guards, and errors in AWS's shape. @source contract §5; reliability §4 */
export function createGuardedServer(
  parts: GuardedServerParts,
  limits: ServerLimits = SERVER_LIMITS,
): FastifyInstance {
  const { log } = parts
  const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = errorAnswerOf(isFastifys(error) ? translated(error, request) : error)
    if (answer.status >= 500) log.error({ err: error, requestId: request.id }, 'request failed')
    else log.debug({ refused: answer.message, requestId: request.id }, 'request refused')
    sendError(reply, answer)
  }
  const clientErrors = new ClientErrors()
  const fastify = Fastify({
    bodyLimit: limits.bodyBytes,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: () => SYSTEM_RANDOM.uuid(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    serverFactory: (answer) => createLimitedServer(limits, answer),
    clientErrorHandler: clientErrors.answer,
    frameworkErrors: answerError,
  })
  // Clients of AWS name many types for their JSON, or none.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  fastify.server.on('request', (request, answer) => clientErrors.follow(request.socket, answer))
  addGuards(fastify, parts)
  cutSlowReaders(fastify, limits.unreadMs)
  fastify.setErrorHandler(answerError)
  fastify.setNotFoundHandler((_, reply) => {
    sendError(reply, {
      status: 404,
      exception: 'UnknownOperationException',
      message: 'there is no such operation here',
    })
  })
  return fastify
}

function addGuards(fastify: FastifyInstance, { listener, signatures }: GuardedServerParts): void {
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-amzn-RequestId', request.id)
    // What an error tells back is text for nobody's browser.
    reply.header('X-Content-Type-Options', 'nosniff')
    const head = headOf(request)
    const refusal = hostRefusal(head, listener()) ?? formRefusal(head)
    if (!refusal) return
    const exception = refusal.status === 400 ? 'BadRequestException' : 'AccessDeniedException'
    throw new ApiError(exception, refusal.reason)
  })
  signatures?.register(fastify)
}

/** While an answer is under way, a socket on which nothing moves is closed. */
function cutSlowReaders(fastify: FastifyInstance, unreadMs: number): void {
  fastify.addHook('onSend', async (_, { raw }) => {
    raw.setTimeout(unreadMs)
    // Before node's own listener: what it sets for a connection that is kept must stay.
    raw.prependOnceListener('finish', () => raw.socket?.setTimeout(0))
  })
}

type FastifyError = Error & { readonly statusCode?: number; readonly code?: string }

const isFastifys = ({ code }: FastifyError): boolean => code?.startsWith('FST_') ?? false

/** A body that is too large, a path that cannot be decoded. */
function translated(error: FastifyError, request: FastifyRequest): ApiError {
  if (error.statusCode !== 413) return new ApiError('InvalidRequestContentException', error.message)
  const { bodyLimit } = request.routeOptions
  return new ApiError('RequestTooLargeException', `Request must be smaller than ${bodyLimit} bytes`)
}
