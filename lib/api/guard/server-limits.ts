import { createServer, type RequestListener, type Server } from 'node:http'

/** What one server takes, so that nobody can hold all of it. */
export type ServerLimits = {
  /** A body, where its route does not say otherwise. @unit bytes */
  readonly bodyBytes: number
  /** Head of a request: its line and headers together. @unit bytes */
  readonly headBytes: number
  /** Time for the head of a request, counted from the connection where it is the first. */
  readonly headMs: number
  /** Time for the whole of a request. */
  readonly requestMs: number
  /** How long a connection is kept without a request. */
  readonly keepAliveMs: number
  /** How long an answer waits for somebody who reads nothing of it. */
  readonly unreadMs: number
  /** Sockets at the same time; what comes on top is closed at once. */
  readonly connections: number
}

/** @source reliability §4 (5), by decision */
export const SERVER_LIMITS: ServerLimits = {
  bodyBytes: 1024 * 1024,
  headBytes: 16 * 1024,
  headMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  unreadMs: 30_000,
  connections: 1000,
}

/** A server of node's with these limits: fastify's own has others beside it where a name has several addresses. */
export function createLimitedServer(limits: ServerLimits, answer: RequestListener): Server {
  const server = createServer(
    {
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(1000, limits.headMs),
      maxHeaderSize: limits.headBytes,
      // Said again, as an option of the process could say otherwise.
      insecureHTTPParser: false,
    },
    answer,
  )
  server.maxConnections = limits.connections
  // Beyond a number of headers node would leave them out; their size is bounded, so all are seen.
  server.maxHeadersCount = 0
  return server
}
