import aws4 from 'aws4'
import { MillraceError } from '../core/errors.ts'
import { UsageError } from './command-context.ts'

/** What a daemon answers. */
export type DaemonAnswer = {
  readonly status: number
  /** @unit s */
  readonly retryAfter: number
  readonly body: Readonly<Record<string, unknown>>
}

/** How requests are signed, where the daemon asks for it. @source contract §5 */
export type DaemonSigning = {
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const RETRY_AFTER_DEFAULT_S = '1'

/** A daemon, as the commands call it. */
export class RemoteDaemon {
  readonly #url: URL
  readonly #signing: DaemonSigning | undefined

  /** @throws UsageError for what is no URL. */
  constructor(endpoint: string, signing: DaemonSigning | undefined) {
    const expected = 'a URL such as http://127.0.0.1:4590'
    if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
      throw new UsageError(`--endpoint-url must be ${expected}, not ${endpoint}`)
    this.#url = new URL(endpoint)
    this.#signing = signing
  }

  /** @throws MillraceError MILLRACE_SOURCE_UNREACHABLE */
  async call(method: 'GET' | 'PUT' | 'POST', path: string, body = ''): Promise<DaemonAnswer> {
    const { origin } = this.#url
    const headers = this.#headers(method, path, body)
    try {
      const sent = body === '' ? {} : { body }
      const answer = await fetch(origin + path, { method, headers, ...sent })
      return {
        status: answer.status,
        retryAfter: Number(answer.headers.get('retry-after') ?? RETRY_AFTER_DEFAULT_S),
        body: objectIn(await answer.text()),
      }
    } catch (error) {
      const { cause } = error as { readonly cause?: unknown }
      const reason = cause instanceof Error ? cause.message : (error as Error).message
      throw MillraceError.of('MILLRACE_SOURCE_UNREACHABLE', { endpoint: origin, reason }, error)
    }
  }

  /** What an answer that is none of the expected ones means. */
  refusal(operation: string, { status, body }: DaemonAnswer): MillraceError {
    const reason = typeof body['message'] === 'string' ? body['message'] : `HTTP status ${status}`
    const endpoint = this.#url.origin
    return MillraceError.of('MILLRACE_SOURCE_REFUSED', { operation, endpoint, reason })
  }

  #headers(method: string, path: string, body: string): Record<string, string> {
    if (!this.#signing) return {}
    const { region, accessKeyId, secretAccessKey } = this.#signing
    const { Host: _, ...headers } = aws4.sign(
      { service: 'millrace', region, method, path, body, headers: { Host: this.#url.host } },
      { accessKeyId, secretAccessKey },
    ).headers
    return headers
  }
}

/** Something between us and a daemon may answer with a page. */
function objectIn(text: string): DaemonAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as DaemonAnswer['body']) : {}
  } catch {
    return {}
  }
}
