import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import type { EpochMs } from '../../core/ids.ts'
import { type ApiCredentials, isSigned } from './expected-signature.ts'
import { EMPTY_HASH, hashedBody } from './hashed-body.ts'
import { announcesBody, headOf } from './request-head.ts'
import { checkClaim, type SignatureClaim, signatureMismatch } from './signature-claim.ts'

/** What is answered to everybody. @source contract §5 */
const OPEN_ROUTES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz'])

/** Whose requests are answered. */
export type SignatureGuardParts = {
  readonly credentials: ApiCredentials
  readonly region: string
  readonly now: () => EpochMs
}

/** A request that is not verified yet, or is: in which case nothing is left to check. */
type Pending =
  | { readonly state: 'body-expected'; readonly check: (sha256: string) => void }
  | { readonly state: 'verified' }

/**
 * Lets through what is signed with the known keys. A request is refused as early as it can be: by its head; where the
 * head tells the payload's hash, by its signature before the body is read; at last by the body. @source contract §5
 */
export class SignatureGuard {
  readonly #parts: SignatureGuardParts
  readonly #pending = new WeakMap<FastifyRequest, Pending>()

  constructor(parts: SignatureGuardParts) {
    this.#parts = parts
  }

  /** To be called before routes and other hooks are added. */
  register(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request) => this.#checkHead(request))
    fastify.addHook('preParsing', async (request, _: FastifyReply, body: RequestPayload) =>
      this.#checkBody(request, body),
    )
    fastify.addHook('preValidation', async (request) => this.#expectVerified(request))
  }

  #checkHead(request: FastifyRequest): void {
    if (OPEN_ROUTES.has(request.routeOptions.url)) {
      this.#pending.set(request, { state: 'verified' })
      return
    }
    const { credentials, region, now } = this.#parts
    const head = headOf(request)
    const { accessKeyId } = credentials
    const claim = checkClaim(head, { accessKeyId, region, now: now() })
    const { payloadHash } = claim
    if (payloadHash !== undefined) this.#expectSigned(claim, payloadHash)
    const check = (sha256: string): void => {
      if (payloadHash === undefined) this.#expectSigned(claim, sha256)
      else if (payloadHash !== sha256) throw signatureMismatch()
      this.#pending.set(request, { state: 'verified' })
    }
    if (announcesBody(head)) this.#pending.set(request, { state: 'body-expected', check })
    else check(EMPTY_HASH)
  }

  #checkBody(request: FastifyRequest, body: RequestPayload): RequestPayload {
    const pending = this.#pending.get(request)
    return pending?.state === 'body-expected' ? hashedBody(body, pending.check) : body
  }

  /** A route that did not read its body to the end would work on what nobody has checked. */
  #expectVerified(request: FastifyRequest): void {
    if (this.#pending.get(request)?.state !== 'verified') throw signatureMismatch()
  }

  #expectSigned(claim: SignatureClaim, payloadHash: string): void {
    if (!isSigned(claim, payloadHash, this.#parts.credentials)) throw signatureMismatch()
  }
}
