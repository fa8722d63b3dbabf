import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import aws4 from 'aws4'

export const KEYS = {
  accessKeyId: 'AKIDTEST',
  secretAccessKey: 'x7Gd0qP2sYv9LkE4mRw1ZbT6uHcN8aJf3iOQe5',
} as const

/** What is signed; the method and target as `GET /livez`. */
export type Wanted = {
  readonly line: string
  readonly body?: string
  readonly service?: string
  readonly region?: string
  /** Minutes that its clock is ahead. */
  readonly minutes?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export type SignedRequest = {
  readonly line: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/** A request to a server on this machine, as a client of AWS signs it. */
export function signedRequest(port: number, wanted: Wanted): SignedRequest {
  const { line, body = '', service = 'lambda', region = 'us-east-1', minutes = 0 } = wanted
  const [method = '', path = ''] = line.split(' ')
  const at = new Date(Date.now() + minutes * 60_000)
  const headers = {
    Host: `127.0.0.1:${port}`,
    'X-Amz-Date': at.toISOString().replace(/[-:]|\.\d{3}/g, ''),
    ...wanted.headers,
  }
  const parts = { service, region, method, path, headers, ...(body === '' ? {} : { body }) }
  return { line, body, headers: aws4.sign(parts, wanted.keys ?? KEYS).headers }
}

export type Answered = {
  readonly status: number
  readonly exception: string | undefined
  readonly message: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** Sends a request as it is: nothing is normalised. */
export async function send(port: number, signed: SignedRequest): Promise<Answered> {
  const [method = '', path = ''] = signed.line.split(' ')
  const sending = request({ host: '127.0.0.1', port, method, path, agent: false })
  for (const [name, value] of Object.entries(signed.headers)) sending.setHeader(name, value)
  sending.end(signed.body)
  return new Promise((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', (response) => {
      const { statusCode = 0, headers } = response
      text(response).then((said) => {
        const exception = headers['x-amzn-errortype']?.toString()
        const message = exception === undefined ? undefined : JSON.parse(said).message
        resolve({ status: statusCode, exception, message, headers })
      }, reject)
    })
  })
}
