import aws4 from 'aws4'
import { type Dispatcher, Pool } from 'undici'
import { printable } from '../../core/printable.ts'
import type { ServiceFault } from '../../core/shard/fault.ts'
import { type CredentialSource, createCredentialSource } from './credentials.ts'
import { type Environment, resolveEndpoint, type StreamsEndpoint } from './endpoint.ts'

/** GetRecords answers hold 1 MB on AWS; other servers count differently. @unit bytes @source aws-semantics §6.3 */
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024

/** Whole exchange, from the request to the last byte. @unit ms @source our choice */
const REQUEST_TIMEOUT_MS = 15_000

/** Sockets to one endpoint; more requests wait. @source our choice: shards that are read at once */
const CONNECTIONS_MAX = 128

/** What is kept of a server's words. @unit characters @source our choice */
const REASON_LENGTH_MAX = 500

export type StreamsOperation = 'ListStreams' | 'DescribeStream' | 'GetShardIterator' | 'GetRecords'

export type CallAnswer =
  | { readonly type: 'answered'; readonly body: Buffer }
  | { readonly type: 'faulted'; readonly fault: ServiceFault }

/** Calls of the DynamoDB Streams API at one endpoint. Shared by the sources of that endpoint. */
export interface StreamsClient {
  readonly endpoint: StreamsEndpoint
  /** One signed request. Never rejects: what goes wrong is a fault. An aborted `signal` ends it as `no-answer`. */
  call(
    operation: StreamsOperation,
    request: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<CallAnswer>
  /** Ends running calls. */
  close(): Promise<void>
}

export type StreamsClientOptions = {
  /** Explicit endpoint; absent: see {@link resolveEndpoint}. */
  readonly endpoint?: string
  readonly region?: string
  /** Default: `process.env`. */
  readonly environment?: Environment
  /** Default: {@link createCredentialSource}. */
  readonly credentials?: CredentialSource
  /** @unit ms */
  readonly requestTimeoutMs?: number
  /** Larger answers are faults. @unit bytes */
  readonly answerBytesMax?: number
}

/**
 * A client over keep-alive connections. Opens none before the first call.
 *
 * @throws MillraceError MILLRACE_SETTING_INVALID where the endpoint is no URL.
 * @source aws-semantics §6.3
 */
export function createStreamsClient(options: StreamsClientOptions = {}): StreamsClient {
  const environment = options.environment ?? process.env
  const endpoint = resolveEndpoint(options, environment)
  return new HttpStreamsClient({
    endpoint,
    credentials: options.credentials ?? createCredentialSource(endpoint, environment),
    requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    answerBytesMax: options.answerBytesMax ?? ANSWER_BYTES_MAX,
  })
}

type ClientParts = {
  readonly endpoint: StreamsEndpoint
  readonly credentials: CredentialSource
  readonly requestTimeoutMs: number
  readonly answerBytesMax: number
}

class HttpStreamsClient implements StreamsClient {
  readonly endpoint: StreamsEndpoint
  readonly #parts: ClientParts
  readonly #pool: Pool

  constructor(parts: ClientParts) {
    this.endpoint = parts.endpoint
    this.#parts = parts
    this.#pool = new Pool(parts.endpoint.url.origin, { connections: CONNECTIONS_MAX })
  }

  async call(
    operation: StreamsOperation,
    request: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<CallAnswer> {
    const fault = (type: 'no-answer' | 'no-credentials', error: unknown): CallAnswer => ({
      type: 'faulted',
      fault: { type, operation, reason: reasonOf(error) },
    })
    let signed: SignedRequest
    try {
      signed = await this.#sign(operation, JSON.stringify(request))
    } catch (error) {
      return fault('no-credentials', error)
    }
    try {
      const first = await this.#exchange(signed, signal).catch((error: unknown) => {
        // The server may close a kept connection while we write to it; all our calls only read.
        if (!isConnectionLoss(error) || signal?.aborted) throw error
        return this.#exchange(signed, signal)
      })
      return first.status === 200
        ? { type: 'answered', body: first.body }
        : { type: 'faulted', fault: errorAnswer(operation, first.status, first.body) }
    } catch (error) {
      return fault('no-answer', error)
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #sign(operation: StreamsOperation, body: string): Promise<SignedRequest> {
    const { url, region } = this.endpoint
    const headers = {
      host: url.host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
    }
    const credentials = await this.#parts.credentials()
    const unsigned = {
      service: 'dynamodb',
      region,
      method: 'POST',
      path: url.pathname,
      headers,
      body,
    }
    return { path: url.pathname, headers: aws4.sign(unsigned, credentials).headers, body }
  }

  async #exchange(signed: SignedRequest, signal?: AbortSignal): Promise<Exchanged> {
    const controller = new AbortController()
    const { requestTimeoutMs, answerBytesMax } = this.#parts
    const timer = setTimeout(() => {
      controller.abort(new Error(`no answer within ${requestTimeoutMs} ms`))
    }, requestTimeoutMs)
    const abort = (): void => controller.abort(new Error('the reader was closed'))
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        ...signed,
        method: 'POST',
        signal: controller.signal,
      })
      const announced = Number(headers['content-length'] ?? 0)
      return { status: statusCode, body: await readBody(body, announced, answerBytesMax) }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }
}

type SignedRequest = {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

type Exchanged = { readonly status: number; readonly body: Buffer }

/** Reads the whole body, or fails before more than `bytesMax` of it are held. */
async function readBody(
  body: Dispatcher.ResponseData['body'],
  announced: number,
  bytesMax: number,
): Promise<Buffer> {
  const tooLarge = (): Error => new Error(`an answer of more than ${bytesMax} bytes`)
  // Nobody else listens once it is given up; without a listener the error would end the process.
  body.on('error', () => {})
  if (announced > bytesMax) {
    body.destroy()
    throw tooLarge()
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > bytesMax) {
      body.destroy()
      throw tooLarge()
    }
    parts.push(part)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length)
}

/** @source aws-semantics §6.3: JSON 1.0, `{"__type":"<namespace>#<Exception>","message":"..."}`; DynamoDB Local writes `Message` */
function errorAnswer(operation: string, status: number, body: Buffer): ServiceFault {
  const { __type, message, Message } = maybeJsonObject(body)
  const code = typeof __type === 'string' ? __type.slice(__type.lastIndexOf('#') + 1) : ''
  const text = [message, Message].find((value) => typeof value === 'string')
  return { type: 'error-answer', operation, status, code, reason: oneLine(String(text ?? '')) }
}

function maybeJsonObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const CONNECTION_LOSSES: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

function isConnectionLoss(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONNECTION_LOSSES.has(error.code)
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return oneLine(error instanceof Error ? error.message || error.name : String(error))
}

/** A server's words go into logs: one line, not endless. */
function oneLine(text: string): string {
  return printable(text.slice(0, REASON_LENGTH_MAX))
}
