// Signatures that AWS has published for Signature Version 4, of requests as they are on the wire.
import { createHash } from 'node:crypto'
import t from 'tap'
import { parseAuthorization } from '../../../lib/api/guard/authorization.ts'
import { expectedSignature, isSigned } from '../../../lib/api/guard/expected-signature.ts'
import { headFrom } from '../../support/request-heads.ts'

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const SCOPE = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
const HOST = ['Host: example.amazonaws.com', 'X-Amz-Date: 20150830T123600Z']
const FORM_HASH = '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e'

type Vector = {
  readonly line: string
  readonly headers?: readonly string[]
  readonly body?: string
  readonly signed?: string
  readonly signature: string
}

const VECTORS: Readonly<Record<string, Vector>> = {
  'get-vanilla': {
    line: 'GET /',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  'get-vanilla-query-order-encoded': {
    line: 'GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1',
    signature: '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
  },
  'get-vanilla-utf8-query': {
    line: 'GET /?%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  'get-header-key-duplicate': {
    line: 'GET /',
    headers: ['My-Header1:value2', 'My-Header1:value2', 'My-Header1:value1'],
    signed: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  'get-header-value-trim': {
    line: 'GET /',
    headers: ['My-Header1: value1', 'My-Header2: "a   b   c"'],
    signed: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  'get-relative-relative-normalized': {
    line: 'GET /example1/example2/../..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  'get-slashes-normalized': {
    line: 'GET //example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  'get-unreserved': {
    line: 'GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  'post-vanilla-query': {
    line: 'POST /?Param1=value1',
    signature: '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  },
  'post-x-www-form-urlencoded': {
    line: 'POST /',
    headers: [
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 13',
      `x-amz-content-sha256: ${FORM_HASH}`,
    ],
    body: 'Param1=value1',
    signed: 'content-length;content-type;host;x-amz-content-sha256;x-amz-date',
    signature: 'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
  },
  'post-sts-header-after': {
    line: 'POST /',
    headers: ['X-Amz-Security-Token: AQoDYXdzEPT'],
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
}

function claimOf({ line, headers = [], signed = 'host;x-amz-date', signature }: Vector) {
  const text = `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=${signed}, Signature=${signature}`
  return {
    head: headFrom(line, [...HOST, ...headers, `Authorization: ${text}`]),
    authorization: parseAuthorization(text),
    payloadHash: undefined,
  }
}

const unsigned = (target: string): Vector => ({ line: `GET ${target}`, signature: '' })

const hashOf = (body: string): string => createHash('sha256').update(body).digest('hex')

for (const [name, vector] of Object.entries(VECTORS))
  t.test(`AWS's ${name}`, (t) => {
    const hash = hashOf(vector.body ?? '')
    t.equal(expectedSignature(claimOf(vector), hash, CREDENTIALS), vector.signature)
    t.ok(isSigned(claimOf(vector), hash, CREDENTIALS))
    t.notOk(isSigned(claimOf(vector), hashOf('another body'), CREDENTIALS))
    const changed = { ...vector, line: `${vector.line}x` }
    t.notOk(isSigned(claimOf(changed), hash, CREDENTIALS), 'another target')
    const other = { ...CREDENTIALS, secretAccessKey: 'x' }
    t.notOk(isSigned(claimOf(vector), hash, other), 'another key')
    t.end()
  })

t.test('a signature that is none', (t) => {
  const vector = VECTORS['get-vanilla']!
  for (const signature of ['', 'x', vector.signature.toUpperCase(), `${vector.signature}0`, 'ü'])
    t.notOk(isSigned(claimOf({ ...vector, signature }), hashOf(''), CREDENTIALS), signature)
  t.end()
})

t.test('a target that cannot be decoded is signed by nobody, and harms nobody', (t) => {
  for (const target of ['/%', '/%zz', '/%ff', '/?%', '/?"%', '/"%', '/{%zz}', '//[%'])
    t.notOk(isSigned(claimOf(unsigned(target)), hashOf(''), CREDENTIALS), target)
  t.end()
})

t.test('a parameter that would be left out of the signature is refused', (t) => {
  for (const query of ['=a', '', 'Param1=value1&=a', 'Param1=value1?&=a', '__proto__=a']) {
    const request = unsigned(`/?${query}`)
    const signature = expectedSignature(claimOf(request), hashOf(''), CREDENTIALS)
    const isLeftOut = query !== ''
    const claim = claimOf({ ...request, signature })
    t.equal(isSigned(claim, hashOf(''), CREDENTIALS), !isLeftOut, query)
  }
  t.end()
})
