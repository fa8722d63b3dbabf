/** Names that a listener on a loopback address goes by. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** Why a request is refused before it is read any further. */
export type Refusal = { readonly status: 400 | 403; readonly reason: string }

/** What of a request tells who sent it. */
export type RequestHead = {
  /** As it came: absolute forms are none of ours. */
  readonly target: string
  /** Every `Host` line of it. */
  readonly hosts: readonly string[]
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`: a browser says so. */
  readonly fetchSite: string | undefined
}

/** Where a listener is reached. */
export type Listener = {
  /** Address or name it was told to listen on. */
  readonly host: string
  readonly port: number
}

export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)

/**
 * Refuses what a web page of somebody else makes a browser send: a name that was rebound to this address, and requests
 * of a foreign origin. Who is no browser sends the listener's own name and no origin.
 * @returns undefined where the request may go on. @source contract §5; reliability §4
 */
export function refusalOf(head: RequestHead, listener: Listener): Refusal | undefined {
  const { target, hosts, origin, fetchSite } = head
  if (!target.startsWith('/')) return { status: 400, reason: 'the target must be a path' }
  const [host] = hosts
  if (host === undefined || hosts.length > 1)
    return { status: 400, reason: 'exactly one Host header is needed' }
  const names = namesOf(listener)
  if (names && !names.includes(host.toLowerCase()))
    return { status: 403, reason: 'the Host header names another server' }
  if (origin !== undefined && !isOwnOrigin(origin, host))
    return { status: 403, reason: 'requests of other origins are refused' }
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none')
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
