import Fastify, { type FastifyInstance } from 'fastify'
import { ApiError } from '../core/mapping/api-error.ts'
import { SYSTEM_RANDOM } from '../engine/system-random.ts'
import { errorAnswerOf, sendError } from './api-answer.ts'
import type { ApiParts } from './api-parts.ts'
import { type Listener, refusalOf } from './guard/host-guard.ts'
import { registerHealth } from './health.ts'
import { registerFunctionVersions } from './lambda/function-versions.ts'
import { registerFunctions } from './lambda/functions.ts'
import { registerInvoke } from './lambda/invoke.ts'
import { registerMappings } from './lambda/mappings.ts'
import { registerTags } from './lambda/tags.ts'
import { registerMetrics } from './metrics/metrics.ts'
import { registerCheckpoints } from './millrace/checkpoints.ts'
import { registerExplanations } from './millrace/explanations.ts'
import { registerFailedBatches } from './millrace/failed-batches.ts'
import { registerRedrives } from './millrace/redrives.ts'
import { registerStreamRecords } from './millrace/stream-records.ts'
import { registerStreams } from './millrace/streams.ts'
import { registerStreamsApi } from './streams/streams-api.ts'

/** A request that is larger than this must have a route that says so. @unit bytes */
const BODY_BYTES_MAX = 1024 * 1024
/** Time for the head of a request, and for the whole of it. @unit ms */
const HEADERS_MS_MAX = 10_000
const REQUEST_MS_MAX = 60_000
const KEEP_ALIVE_MS = 65_000
/** Sockets at the same time; what comes on top is closed at once. */
const CONNECTIONS_MAX = 1000

/** The HTTP surface: AWS's wire formats, health and metrics on one port. @source contract §5 */
export class ApiServer {
  readonly #fastify: FastifyInstance
  #listener: Listener | undefined
  #isClosing = false

  constructor(parts: ApiParts) {
    this.#fastify = createServer(parts, () => this.#listener!)
    this.#fastify.addHook('onSend', async (_, reply) => {
      if (this.#isClosing) reply.header('Connection', 'close')
    })
    registerHealth(this.#fastify, parts)
    registerMappings(this.#fastify, parts)
    registerFunctions(this.#fastify, parts)
    registerFunctionVersions(this.#fastify, parts)
    registerInvoke(this.#fastify, parts)
    registerStreamsApi(this.#fastify, parts)
    registerStreams(this.#fastify, parts)
    registerStreamRecords(this.#fastify, parts)
    registerTags(this.#fastify, parts)
    registerMetrics(this.#fastify, parts)
    registerExplanations(this.#fastify, parts)
    registerFailedBatches(this.#fastify, parts)
    registerRedrives(this.#fastify, parts)
    registerCheckpoints(this.#fastify, parts)
  }

  /** @returns where it listens. @throws what the system says of the address. */
  async listen(host: string, port: number): Promise<Listener> {
    // Known before the first request can come; the port is, when it was given as 0, only after that.
    this.#listener = { host, port }
    await this.#fastify.listen({ host, port })
    const address = this.#fastify.server.address()
    if (typeof address === 'object' && address) this.#listener = { host, port: address.port }
    return this.#listener
  }

  /** Lets running requests end, takes no new ones. */
  async close(): Promise<void> {
    // Who is answered from now on must not keep its connection: the close would wait for it to end by itself.
    this.#isClosing = true
    await this.#fastify.close()
  }
}

function createServer({ log }: ApiParts, listener: () => Listener): FastifyInstance {
  const fastify = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    genReqId: () => SYSTEM_RANDOM.uuid(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1024 },
    http: { headersTimeout: HEADERS_MS_MAX, connectionsCheckingInterval: 1000 },
  })
  fastify.server.maxConnections = CONNECTIONS_MAX
  // Clients of AWS name many types for their JSON, or none.
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  fastify.addHook('onRequest', async (request, reply) => {
    const { headers, raw } = request
    reply.header('x-amzn-RequestId', request.id)
    const refusal = refusalOf(
      {
        target: raw.url ?? '',
        hosts: valuesOf(raw.rawHeaders, 'host'),
        origin: headers.origin,
        fetchSite: headers['sec-fetch-site']?.toString(),
      },
      listener(),
    )
    if (!refusal) return
    log.debug({ refused: refusal.reason }, 'request refused')
    const exception = refusal.status === 400 ? 'BadRequestException' : 'AccessDeniedException'
    sendError(reply, { status: refusal.status, exception, message: refusal.reason })
    await reply
  })
  fastify.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const answer = isFastifys(error)
      ? errorAnswerOf(translated(error, request.routeOptions.bodyLimit))
      : errorAnswerOf(error)
    if (answer.status >= 500) log.error({ err: error, requestId: request.id }, 'request failed')
    sendError(reply, answer)
  })
  fastify.setNotFoundHandler((_, reply) => {
    sendError(reply, {
      status: 404,
      exception: 'UnknownOperationException',
      message: 'there is no such operation here',
    })
  })
  return fastify
}

const isFastifys = (error: Error & { statusCode?: number; code?: string }): boolean =>
  error.code?.startsWith('FST_') ?? false

/** A body that is too large, a path that cannot be decoded. */
function translated(error: Error & { statusCode?: number }, bytesMax: number): ApiError {
  return error.statusCode === 413
    ? new ApiError('RequestTooLargeException', `Request must be smaller than ${bytesMax} bytes`)
    : new ApiError('InvalidRequestContentException', error.message)
}

/** Every value of a header, also where node keeps one of them only. */
function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name)
}
