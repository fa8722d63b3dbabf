import type { EpochMs } from '../../core/ids.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import { type Authorization, type CredentialScope, parseAuthorization } from './authorization.ts'
import { oneValue, type RequestHead } from './request-head.ts'

/** Who may ask, for what, and when it is. */
export type SignatureRules = {
  readonly accessKeyId: string
  readonly region: string
  readonly now: EpochMs
}

/** What a signed request claims. All of it is checked but its signature, and the payload's hash. */
export type SignatureClaim = {
  readonly head: RequestHead
  readonly authorization: Authorization
  /** SHA-256 in hex, where the head tells it. */
  readonly payloadHash: string | undefined
}

/** How far a request's time may be off. Lambda takes 5 minutes, others of AWS's services 15. @unit minutes */
const SKEW_MINUTES_MAX = 5
const TERMINATOR = 'aws4_request'
const UNKNOWN = 'The security token included in the request is invalid.'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/** What is told where the signature is not the one that the secret key makes. @source AWS's text */
export const signatureMismatch = (): ApiError => invalid(MISMATCH)

/**
 * What a request claims, checked as far as its head goes, in AWS's order.
 * @throws ApiError MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException,
 *   UnrecognizedClientException. @source contract §5; reliability §4 (11); AWS's texts
 */
export function checkClaim(head: RequestHead, rules: SignatureRules): SignatureClaim {
  const authorization = parseAuthorization(authorizationOf(head))
  const date = dateOf(head)
  checkTime(date, rules.now)
  checkScope(authorization.scope, { head, date, region: rules.region })
  // One pair of keys is known here, and no session of it.
  if (authorization.accessKeyId !== rules.accessKeyId || head.headers.has('x-amz-security-token'))
    throw new ApiError('UnrecognizedClientException', UNKNOWN)
  checkSignedHeaders(head, authorization.signedHeaders)
  return { head, authorization, payloadHash: payloadHashOf(head) }
}

function authorizationOf(head: RequestHead): string {
  const header = oneValue(head, 'authorization')
  if (header !== undefined) return header
  if (head.headers.has('authorization'))
    throw incomplete('A request has one Authorization header only.')
  // A link that anybody can use who sees it, for days, is more than this listener needs.
  if (/[?&]x-amz-(algorithm|credential|signature)=/i.test(head.target))
    throw incomplete('Presigned URLs are not taken here: sign the Authorization header.')
  throw new ApiError('MissingAuthenticationTokenException', 'Missing Authentication Token')
}

/** `20150830T123600Z` */
function dateOf(head: RequestHead): string {
  const text = oneValue(head, 'x-amz-date')
  if (text === undefined)
    throw incomplete("Authorization header requires existence of one 'X-Amz-Date' header.")
  if (Number.isNaN(timeOf(text)))
    throw incomplete(
      "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
    )
  return text
}

function timeOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? []
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
}

function checkTime(date: string, now: EpochMs): void {
  const skewMs = SKEW_MINUTES_MAX * 60_000
  const offMs = timeOf(date) - Math.floor(now / 1000) * 1000
  if (Math.abs(offMs) <= skewMs) return
  const here = dateText(now)
  throw invalid(
    offMs < 0
      ? `Signature expired: ${date} is now earlier than ${dateText(now - skewMs)} (${here} - ${SKEW_MINUTES_MAX} min.)`
      : `Signature not yet current: ${date} is still later than ${dateText(now + skewMs)} (${here} + ${SKEW_MINUTES_MAX} min.)`,
  )
}

const dateText = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')

type ScopeExpectation = {
  readonly head: RequestHead
  readonly date: string
  readonly region: string
}

function checkScope(scope: CredentialScope, { head, date, region }: ScopeExpectation): void {
  const [service, ...others] = servicesOf(head.target)
  const day = date.slice(0, 8)
  const problems: string[] = []
  if (scope.region !== region)
    problems.push(`Credential should be scoped to a valid region, not '${scope.region}'.`)
  if (![service, ...others].includes(scope.service))
    problems.push(`Credential should be scoped to correct service: '${service}'.`)
  if (scope.terminator !== TERMINATOR)
    problems.push(
      `Credential should be scoped with a valid terminator: '${TERMINATOR}', not '${scope.terminator}'.`,
    )
  if (scope.date !== day)
    problems.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${day}', from '${date}'.`,
    )
  if (problems.length > 0) throw invalid(problems.join(' '))
}

/** Names that services of AWS sign for; our own paths are signed for `millrace`, or as Lambda's. */
function servicesOf(target: string): readonly string[] {
  const path = target.split('?', 1)[0]!
  if (path === '/') return ['dynamodb']
  return /^\/\d{4}-\d\d-\d\d\//.test(path) ? ['lambda'] : ['millrace', 'lambda']
}

/** The host, and whatever changes what a request means to AWS's services. */
function checkSignedHeaders({ headers }: RequestHead, signed: readonly string[]): void {
  if (!signed.includes('host'))
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  for (const name of headers.keys())
    if (name.startsWith('x-amz-') && !signed.includes(name))
      throw invalid(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`)
  // A name without a value is no part of what was signed.
  if (!signed.every((name) => headers.has(name))) throw signatureMismatch()
}

/** @throws ApiError where the payload is not part of what is signed: nothing else protects it here. */
function payloadHashOf(head: RequestHead): string | undefined {
  if (!head.headers.has('x-amz-content-sha256')) return undefined
  const hash = oneValue(head, 'x-amz-content-sha256') ?? ''
  if (/^[0-9a-f]{64}$/.test(hash)) return hash
  throw invalid(
    'The payload must be signed: x-amz-content-sha256 is the SHA-256 of the body in hex, or absent.',
  )
}

const incomplete = (message: string): ApiError =>
  new ApiError('IncompleteSignatureException', message)
const invalid = (message: string): ApiError => new ApiError('InvalidSignatureException', message)
