import type { FastifyRequest } from 'fastify'

/** The head of a request as it came: nothing joined, nothing left out. */
export type RequestHead = {
  readonly method: string
  /** Path and query, still encoded; absolute forms are none of ours. */
  readonly target: string
  /** Every value of each header, by its name in lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>
}

/** Every line of the head counts: what node offers joins some headers, and keeps one line only of others. */
export function headOf({ raw }: Pick<FastifyRequest, 'raw'>): RequestHead {
  const { method = '', url = '', rawHeaders } = raw
  const headers = new Map<string, string[]>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    const values = headers.get(name)
    if (values) values.push(rawHeaders[i + 1]!)
    else headers.set(name, [rawHeaders[i + 1]!])
  }
  return { method, target: url, headers }
}

/** The value of a header that may be there once; undefined where it is absent, or there several times. */
export function oneValue({ headers }: RequestHead, name: string): string | undefined {
  const values = headers.get(name)
  return values?.length === 1 ? values[0] : undefined
}

/** Whether a body follows, be it empty. */
export function announcesBody({ headers }: RequestHead): boolean {
  return (
    headers.has('transfer-encoding') || (headers.get('content-length') ?? ['0']).some(isNotZero)
  )
}

const isNotZero = (length: string): boolean => length !== '0'
