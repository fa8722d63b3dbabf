import { oneValue, type RequestHead } from './request-head.ts'

/** Names that a listener on a loopback address goes by. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** Why a request is refused before it is read any further. */
export type Refusal = { readonly status: 400 | 403; readonly reason: string }

/** Where a listener is reached. */
export type Listener = {
  /** Address or name it was told to listen on. */
  readonly host: string
  readonly port: number
}

/** Addresses that only this machine reaches; a spelling that is not known here counts as reachable by others. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)

/**
 * Refuses what a web page of somebody else makes a browser send: a name that was rebound to this address, and requests
 * of a foreign origin. Who is no browser sends the listener's own name and no origin.
 * @returns undefined where the request may go on. @source contract §5; reliability §4 (1-3)
 */
export function hostRefusal(head: RequestHead, listener: Listener): Refusal | undefined {
  if (!head.target.startsWith('/')) return { status: 400, reason: 'the target must be a path' }
  const host = oneValue(head, 'host')
  if (host === undefined) return { status: 400, reason: 'exactly one Host header is needed' }
  const names = namesOf(listener)
  if (names && !names.includes(host.toLowerCase()))
    return { status: 403, reason: 'the Host header names another server' }
  const origins = head.headers.get('origin') ?? []
  if (!origins.every((origin) => isOwnOrigin(origin, host)))
    return { status: 403, reason: 'requests of other origins are refused' }
  const sites = head.headers.get('sec-fetch-site') ?? []
  if (!sites.every((site) => site === 'same-origin' || site === 'none'))
    return { status: 403, reason: 'requests of other sites are refused' }
  return undefined
}

/** `undefined` where any name will do: on other addresses the signature covers it. */
function namesOf({ host, port }: Listener): readonly string[] | undefined {
  if (!isLoopback(host)) return undefined
  const names = [...new Set([...LOOPBACK_NAMES, host.toLowerCase()])]
  const bare = port === 80 ? names : []
  return [...bare, ...names.map((name) => `${name}:${port}`)]
}

const isOwnOrigin = (origin: string, host: string): boolean =>
  origin.toLowerCase() === `http://${host.toLowerCase()}`
