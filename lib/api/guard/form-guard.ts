import type { Refusal } from './host-guard.ts'
import { announcesBody, type RequestHead } from './request-head.ts'

/** Lines of a head: AWS's own clients send a dozen. */
const HEADER_LINES_MAX = 100
/** Parameters of a query: AWS's own clients send a handful. Signatures are computed over the first 1000 only. */
const PARAMETERS_MAX = 100
/** Some servers take them out of a path, as signatures do, and others do not. */
const UNCLEAR_SEGMENT = /\/(\/|\.{1,2}(\/|$))/
/** Of these nobody reads a body: what follows the head might be taken for another request. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'TRACE'])

/**
 * Refuses forms that no honest client sends and that two servers in a row could read in two ways. What node itself takes
 * for no HTTP (two lengths, folded lines, bad chunks) does not come here.
 * @returns undefined where the request may go on. @source reliability §4 (4, 5)
 */
export function formRefusal(head: RequestHead): Refusal | undefined {
  const { method, target, headers } = head
  if ([...headers.values()].flat().length > HEADER_LINES_MAX)
    return { status: 400, reason: `a request has at most ${HEADER_LINES_MAX} headers` }
  if (target.split('&').length > PARAMETERS_MAX)
    return { status: 400, reason: `a request has at most ${PARAMETERS_MAX} parameters` }
  if (UNCLEAR_SEGMENT.test(target.split('?', 1)[0]!))
    return { status: 400, reason: 'a path has no segments that are empty, . or ..' }
  const codings = headers.get('transfer-encoding') ?? []
  if (codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== 'chunked'))
    return { status: 400, reason: 'the only transfer coding is chunked' }
  if (WITHOUT_BODY.has(method) && announcesBody(head))
    return { status: 400, reason: `${method} takes no body` }
  return undefined
}
