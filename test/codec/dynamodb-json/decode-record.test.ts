import t from 'tap'
import { decodeDynamoDbRecord } from '../../../lib/codec/dynamodb-json/decode-record.ts'
import { fakeRecord } from '../../support/fake-dynamodb-records.ts'

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000'

function decode(wire: unknown): string {
  const bytes = Buffer.from(`xx${JSON.stringify(wire)}yy`)
  return JSON.stringify(decodeDynamoDbRecord(bytes, 2, bytes.length - 2, ARN))
}

t.test("Lambda's shape, members in Lambda's order (aws-semantics §6.1)", (t) => {
  const { dynamodb, ...rest } = fakeRecord(1)
  const OldImage = { id: { S: 'é' } }
  const turned = Object.fromEntries(Object.entries({ ...dynamodb, OldImage }).reverse())
  const wire = { dynamodb: turned, ...Object.fromEntries(Object.entries(rest).reverse()) }
  t.equal(
    decode(wire),
    '{"eventID":"event-1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1",' +
      '"dynamodb":{"ApproximateCreationDateTime":1767225601,"Keys":{"id":{"S":"k-1"},"sort":{"N":"1"}},' +
      '"NewImage":{"id":{"S":"k-1"},"sort":{"N":"1"},"n":{"N":"1"}},"OldImage":{"id":{"S":"é"}},' +
      '"SequenceNumber":"000000000000000000001","SizeBytes":30,"StreamViewType":"NEW_AND_OLD_IMAGES"},' +
      `"eventSourceARN":"${ARN}"}`,
  )
  t.end()
})

t.test('userIdentity gets lower-case names and stands before the ARN; absent stays absent', (t) => {
  const userIdentity = { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' }
  const lower =
    '"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"eventSourceARN"'
  t.match(decode({ ...fakeRecord(1), userIdentity }), lower)
  t.match(
    decode({
      ...fakeRecord(1),
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    }),
    lower,
  )
  t.notMatch(decode({ ...fakeRecord(1), userIdentity: null }), 'userIdentity')
  t.notMatch(decode(fakeRecord(1)), 'OldImage')
  t.end()
})

t.test('reads plain byte arrays, also views into larger memory', (t) => {
  const text = JSON.stringify(fakeRecord(1))
  const memory = new Uint8Array(text.length + 20)
  memory.set(Buffer.from(text), 15)
  const view = memory.subarray(10)
  t.equal(decodeDynamoDbRecord(view, 5, 5 + text.length, ARN).eventID, 'event-1')
  t.throws(() => decodeDynamoDbRecord(view, 6, 5 + text.length, ARN), SyntaxError)
  t.end()
})

t.test('hostile names pollute nothing', (t) => {
  const image = '{"__proto__":{"S":"x"},"constructor":{"S":"y"}}'
  const text = JSON.stringify(fakeRecord(1)).replace(
    /"NewImage":\{.*?\}\}/,
    () => `"NewImage":${image}`,
  )
  const bytes = Buffer.from(text.replace('{', '{"__proto__":{"eventSourceARN":"z"},'))
  const record = decodeDynamoDbRecord(bytes, 0, bytes.length, ARN)
  t.equal(JSON.stringify(record.dynamodb.NewImage), image)
  t.equal(Object.getPrototypeOf(record), Object.prototype)
  t.equal(Reflect.get({}, 'S'), undefined)
  t.end()
})
