import { ApiError } from '../../core/mapping/api-error.ts'

/** What the Authorization header of a signed request says; nothing of it is believed yet. */
export type Authorization = {
  readonly accessKeyId: string
  /** `date/region/service/aws4_request` */
  readonly scope: CredentialScope
  /** Names in lower case. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** What a signature is good for. */
export type CredentialScope = {
  /** `20150830` */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
/** What is told back of a word that a client sent. @unit characters */
const SHOWN_LENGTH_MAX = 40
const PARTS = ['Credential', 'Signature', 'SignedHeaders'] as const

/**
 * Takes an Authorization header of AWS's Signature Version 4 apart. Unlike AWS it never tells the header back.
 * @throws ApiError IncompleteSignatureException. @source reliability §4 (11); AWS's texts
 */
export function parseAuthorization(header: string): Authorization {
  const [algorithm = '', ...rest] = header.trim().split(' ')
  if (algorithm !== ALGORITHM)
    throw incomplete(`Unsupported AWS 'algorithm': '${algorithm.slice(0, SHOWN_LENGTH_MAX)}'.`)
  const parts = partsOf(rest.join(' '))
  const missing = PARTS.filter((name) => !parts.has(name))
  if (missing.length > 0) {
    const texts = missing.map((name) => `Authorization header requires '${name}' parameter.`)
    throw incomplete(`${texts.join(' ')} Authorization=${ALGORITHM}`)
  }
  return {
    ...parseCredential(parts.get('Credential')!),
    signedHeaders: parts.get('SignedHeaders')!.toLowerCase().split(';'),
    signature: parts.get('Signature')!,
  }
}

/** `Name=value` between commas; the last of a name counts, as with AWS. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  for (const part of text.split(',').map((untrimmed) => untrimmed.trim())) {
    if (part === '') continue
    const equals = part.indexOf('=')
    if (equals < 0)
      throw incomplete(
        `'${part.slice(0, SHOWN_LENGTH_MAX)}' not a valid key=value pair (missing equal-sign) in Authorization header.`,
      )
    parts.set(part.slice(0, equals), part.slice(equals + 1))
  }
  return parts
}

function parseCredential(text: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const elements = text.split('/')
  if (elements.length !== 5)
    throw incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    )
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = elements
  return { accessKeyId, scope: { date, region, service, terminator } }
}

const incomplete = (message: string): ApiError =>
  new ApiError('IncompleteSignatureException', message)
