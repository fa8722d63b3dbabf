import t from 'tap'
import { checkClaim } from '../../../lib/api/guard/signature-claim.ts'
import type { EpochMs } from '../../../lib/core/ids.ts'
import { headFrom } from '../../support/request-heads.ts'

const RULES = {
  accessKeyId: 'AKIDEXAMPLE',
  region: 'us-east-1',
  now: Date.UTC(2015, 7, 30, 12, 36, 0, 900) as EpochMs,
}
const HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const PATH = '/2015-03-31/functions'

type Parts = {
  readonly line?: string
  readonly credential?: string
  readonly signed?: string
  readonly authorization?: string | undefined
  readonly date?: string | undefined
  readonly more?: readonly string[]
}

const DEFAULTS: Parts = {
  line: `GET ${PATH}`,
  credential: 'AKIDEXAMPLE/20150830/us-east-1/lambda/aws4_request',
  signed: 'host;x-amz-date',
  date: '20150830T123600Z',
}

function claim(parts: Parts = {}) {
  const { line, credential, signed, date, more = [] } = { ...DEFAULTS, ...parts }
  const text = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signed}, Signature=abc`
  const authorization = 'authorization' in parts ? parts.authorization : text
  const headers = [
    'Host: example.test',
    ...(date === undefined ? [] : [`X-Amz-Date: ${date}`]),
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...more,
  ]
  return checkClaim(headFrom(line!, headers), RULES)
}

t.test('what is taken, until its signature is computed', (t) => {
  t.match(claim(), {
    authorization: {
      accessKeyId: 'AKIDEXAMPLE',
      scope: { date: '20150830', region: 'us-east-1', service: 'lambda' },
      signedHeaders: ['host', 'x-amz-date'],
      signature: 'abc',
    },
    payloadHash: undefined,
  })
  const hashed = { signed: 'host;x-amz-content-sha256;x-amz-date' }
  t.equal(claim({ ...hashed, more: [`x-amz-content-sha256: ${HASH}`] }).payloadHash, HASH)
  const scope = (service: string) => `AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request`
  const rows: [string, string][] = [
    ['POST /', 'dynamodb'],
    ['GET /2015-03-31/functions/?a=/', 'lambda'],
    ['GET /metrics', 'millrace'],
    ['GET /metrics', 'lambda'],
    ['PUT /millrace/streams/orders', 'millrace'],
  ]
  for (const [line, service] of rows) t.ok(claim({ line, credential: scope(service) }), line)
  for (const date of ['20150830T123100Z', '20150830T124100Z'])
    t.ok(claim({ date }), 'five minutes off')
  t.end()
})

const MISSING = 'MissingAuthenticationTokenException'
const INCOMPLETE = 'IncompleteSignatureException'
const INVALID = 'InvalidSignatureException'
const UNKNOWN = 'UnrecognizedClientException'

const REFUSED: Readonly<Record<string, [Parts, string, string | RegExp]>> = {
  'no signature': [{ authorization: undefined }, MISSING, 'Missing Authentication Token'],
  'a presigned URL': [
    { authorization: undefined, line: `GET ${PATH}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1` },
    INCOMPLETE,
    'Presigned URLs are not taken here: sign the Authorization header.',
  ],
  'another scheme': [
    { authorization: 'Basic dXNlcjpwYXNzd29yZA==' },
    INCOMPLETE,
    "Unsupported AWS 'algorithm': 'Basic'.",
  ],
  'an asymmetric signature': [
    { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=a' },
    INCOMPLETE,
    "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
  ],
  'an empty header': [{ authorization: '' }, INCOMPLETE, "Unsupported AWS 'algorithm': ''."],
  'no parts': [
    { authorization: 'AWS4-HMAC-SHA256' },
    INCOMPLETE,
    "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256",
  ],
  'a part without a value': [
    { authorization: 'AWS4-HMAC-SHA256 Credential' },
    INCOMPLETE,
    "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header.",
  ],
  'a short credential': [
    { credential: 'AKIDEXAMPLE/20150830' },
    INCOMPLETE,
    /^Credential must have exactly 5 slash-delimited elements/,
  ],
  'two signatures': [
    { more: ['Authorization: AWS4-HMAC-SHA256'] },
    INCOMPLETE,
    /one Authorization/,
  ],
  'no time': [
    { date: undefined },
    INCOMPLETE,
    "Authorization header requires existence of one 'X-Amz-Date' header.",
  ],
  'two times': [{ more: ['X-Amz-Date: 20150830T123600Z'] }, INCOMPLETE, /one 'X-Amz-Date'/],
  'a time in words': [
    { date: 'Sun, 30 Aug 2015 12:36:00 GMT' },
    INCOMPLETE,
    /^Date must be in ISO-8601 'basic format'/,
  ],
  'a time that is none': [{ date: '20151330T123600Z' }, INCOMPLETE, /^Date must be in ISO-8601/],
  'a time past': [
    { date: '20150830T123059Z' },
    INVALID,
    'Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z (20150830T123600Z - 5 min.)',
  ],
  'a time ahead': [
    { date: '20150830T124101Z' },
    INVALID,
    'Signature not yet current: 20150830T124101Z is still later than 20150830T124100Z (20150830T123600Z + 5 min.)',
  ],
  'another key': [
    { credential: 'AKIDOTHER/20150830/us-east-1/lambda/aws4_request' },
    UNKNOWN,
    'The security token included in the request is invalid.',
  ],
  'a session': [{ more: ['X-Amz-Security-Token: a'] }, UNKNOWN, /^The security token/],
  'another scope in every part': [
    { credential: 'AKIDEXAMPLE/20150829/eu-west-1/s3/aws5_request' },
    INVALID,
    "Credential should be scoped to a valid region, not 'eu-west-1'. Credential should be scoped to correct service: 'lambda'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'.",
  ],
  'Lambda’s scope for streams': [{ line: 'POST /' }, INVALID, /correct service: 'dynamodb'/],
  'no host signed': [
    { signed: 'x-amz-date' },
    INVALID,
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  ],
  'an operation that is not signed': [
    { more: ['X-Amz-Target: DynamoDBStreams_20120810.GetRecords'] },
    INVALID,
    "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
  ],
  'a signed header that is not there': [
    { signed: 'host;x-amz-date;x-other' },
    INVALID,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
  'an unsigned payload': [
    {
      signed: 'host;x-amz-content-sha256;x-amz-date',
      more: ['X-Amz-Content-Sha256: UNSIGNED-PAYLOAD'],
    },
    INVALID,
    /^The payload must be signed/,
  ],
  'a payload signed in chunks': [
    {
      signed: 'host;x-amz-content-sha256;x-amz-date',
      more: ['X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
    },
    INVALID,
    /^The payload must be signed/,
  ],
  'two payloads': [
    {
      signed: 'host;x-amz-content-sha256;x-amz-date',
      more: [`X-Amz-Content-Sha256: ${HASH}`, `X-Amz-Content-Sha256: ${HASH}`],
    },
    INVALID,
    /^The payload must be signed/,
  ],
}

for (const [name, [parts, exception, message]] of Object.entries(REFUSED))
  t.test(`reliability §4 (11): refused: ${name}`, (t) => {
    t.throws(() => claim(parts), { exception, status: 403, message })
    t.end()
  })

t.test('an error tells back neither the signature nor a password', (t) => {
  for (const authorization of [
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/1, SignedHeaders=host, Signature=s3cret',
    'AWS4-HMAC-SHA256 Signature=s3cret',
    'Basic s3cret',
  ])
    try {
      claim({ authorization })
      t.fail('was taken')
    } catch (error) {
      t.notMatch((error as Error).message, /s3cret/)
    }
  t.end()
})
