import { timingSafeEqual } from 'node:crypto'
import aws4 from 'aws4'
import type { SignatureClaim } from './signature-claim.ts'

/** A pair of keys as AWS has them. */
export type ApiCredentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

/** The signature that a request has to carry: it is signed again, with the headers that the client says it signed. */
export function expectedSignature(
  { head, authorization }: SignatureClaim,
  payloadHash: string,
  credentials: ApiCredentials,
): string {
  const { region, service } = authorization.scope
  const names = authorization.signedHeaders
  const hash = 'x-amz-content-sha256'
  const signed = names.map((name) => [name, (head.headers.get(name) ?? []).join(',')] as const)
  const { headers } = aws4.sign(
    {
      service,
      region,
      method: head.method,
      path: head.target,
      // From here the hash of the payload is taken, also where it is no signed header.
      headers: { ...Object.fromEntries(signed), [hash]: payloadHash },
      extraHeadersToInclude: Object.fromEntries(names.map((name) => [name, true] as const)),
      extraHeadersToIgnore: { [hash]: !names.includes(hash) },
    },
    credentials,
  )
  return /Signature=(\w+)$/.exec(headers['Authorization'] ?? '')?.[1] ?? ''
}

/** Whether a request was signed with the secret key. Takes the same time wherever the signatures differ. */
export function isSigned(
  claim: SignatureClaim,
  payloadHash: string,
  credentials: ApiCredentials,
): boolean {
  if (!isSignable(claim.head.target)) return false
  const expected = Buffer.from(expectedSignature(claim, payloadHash, credentials))
  const given = Buffer.from(claim.authorization.signature)
  return expected.length === given.length && timingSafeEqual(expected, given)
}

/** Parameters of these names are left out of the signature, and some targets cannot be signed at all. */
function isSignable(target: string): boolean {
  try {
    decodeURI(target)
  } catch {
    return false
  }
  const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
  return [...new URLSearchParams(query).keys()].every((name) => name && name !== '__proto__')
}
