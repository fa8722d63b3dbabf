import t from 'tap'
import { objectOf } from '../../support/arbitrary-record.ts'
import {
  filterOf,
  LooseSegment,
  type SegmentBody,
  STREAM_ARN,
} from '../../support/filter-bodies.ts'

const segment = new LooseSegment()
const IMAGE = { status: { S: 'PAID' }, total: { N: '12' }, tags: { SS: ['a', 'b'] } }
const BODY = { ApproximateCreationDateTime: 1.5, Keys: { id: { S: 'a' } }, NewImage: IMAGE }
const image = (attributes: unknown) => ({ dynamodb: { NewImage: attributes } })

function answer(pattern: object, { bytes, start, end }: SegmentBody): boolean | undefined {
  return segment.decoder.matcher(filterOf(pattern))(bytes, start, end, 7)
}

t.test('members of a record that its body leaves out (aws-semantics §6.1, §7.4)', (t) => {
  const body = segment.body(BODY)
  const record = segment.decoder.decode(body.bytes, body.start, body.end, 7)
  const rows: readonly (readonly [object, boolean])[] = [
    [{ eventID: [record.eventID] }, true],
    [{ eventID: ['x'] }, false],
    [{ eventName: ['INSERT'] }, true],
    [{ eventName: ['REMOVE'] }, false],
    [{ eventName: [{ 'anything-but': 'REMOVE' }], ...image({ status: { S: ['PAID'] } }) }, true],
    [{ eventVersion: ['1.1'] }, true],
    [{ eventSource: ['aws:dynamodb'] }, true],
    [{ awsRegion: ['us-east-1'] }, true],
    [{ awsRegion: ['eu-west-1'] }, false],
    [{ eventSourceARN: [STREAM_ARN] }, true],
    [{ userIdentity: { type: [{ exists: false }] } }, true],
    [{ dynamodb: { SequenceNumber: [record.dynamodb.SequenceNumber] } }, true],
    [{ dynamodb: { SequenceNumber: [{ exists: false }] } }, false],
    [{ dynamodb: { StreamViewType: ['NEW_IMAGE'] } }, true],
    [{ dynamodb: { ApproximateCreationDateTime: [{ numeric: ['<', 2] }] } }, true],
    [{ dynamodb: { Keys: { id: { S: ['a'] } } } }, true],
    [{ dynamodb: { OldImage: { status: { S: [{ exists: true }] } } } }, false],
    [{ dynamodb: ['x'] }, false],
    [image({ total: { N: [{ numeric: ['>', 1] }] } }), false],
    [image({ tags: { SS: ['b'] } }), true],
    [image({ tags: { SS: ['c'] } }), false],
  ]
  for (const [pattern, expected] of rows)
    t.equal(answer(pattern, body), expected, JSON.stringify(pattern))
  t.end()
})

t.test('what only the decoder can tell', (t) => {
  const pattern = image({ status: { S: ['PAID'] } })
  const inIdentity = { userIdentity: { type: ['Service'] } }
  const { bytes, start, end } = segment.body(BODY)
  t.equal(answer(pattern, { bytes, start, end: end - 1 }), undefined, 'a body that goes on')
  t.equal(answer(pattern, { bytes, start, end: end + 1 }), undefined, 'a body that ends before')
  t.equal(answer(pattern, segment.body(['no object'])), undefined)
  t.equal(answer(pattern, segment.body({ NewImage: [IMAGE] })), undefined, 'a list on the way')
  const asJson = Buffer.from(bytes)
  asJson[start] = 0x08
  t.equal(answer(pattern, { bytes: asJson, start, end }), undefined, 'a body that is JSON')
  t.equal(answer({ eventName: ['INSERT'] }, { bytes: asJson, start, end }), true)
  const pair = segment.body([BODY, { type: 'Service', principalId: 'x' }])
  pair.bytes[pair.start] = 0x04
  t.equal(answer(inIdentity, pair), undefined, 'an identity where the filter looks at it')
  t.equal(answer(pattern, pair), true, 'an identity beside')
  const renamed = objectOf([['__proto__', { S: 'a' }]])
  t.equal(answer(pattern, segment.body({ NewImage: renamed })), undefined, 'a name never written')
  t.end()
})

t.test('a field that no pattern matches ends the reading', (t) => {
  const pattern = image({ status: { S: ['SHIPPED'] } })
  const { bytes, start, end } = segment.body(BODY)
  // Nothing behind it is looked at.
  t.equal(answer(pattern, { bytes, start, end: end - 1 }), false)
  t.equal(answer({ ...pattern, eventName: ['INSERT'] }, { bytes, start, end: end - 1 }), false)
  t.end()
})

t.test('structures that are learned later are known', (t) => {
  const young = new LooseSegment()
  const match = young.decoder.matcher(filterOf(image({ status: { S: ['PAID'] } })))
  for (let round = 0; round < 4; round++) {
    const { bytes, start, end } = young.body(BODY)
    t.equal(match(bytes, start, end, 1), true)
  }
  t.end()
})
