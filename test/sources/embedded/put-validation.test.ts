import t from 'tap'
import type { StreamViewType } from '../../../lib/core/mapping/settings.ts'
import { ATTRIBUTE_DEPTH_MAX } from '../../../lib/core/record/embedded-limits.ts'
import {
  onlyShard,
  openStreams,
  order,
  readAll,
  SETTINGS,
  temporaryDirectory,
} from '../../support/embedded-fixture.ts'

const Keys = { id: { S: 'a' } }
const NewImage = { id: { S: 'a' } }
const withImage = (image: unknown): unknown => ({ dynamodb: { Keys, NewImage: image } })
const nested = (levels: number): object =>
  levels === 0 ? { S: 'deep' } : { L: [nested(levels - 1)] }

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['null', null, /^must be a JSON object$/],
  ['a list', [], /^must be a JSON object$/],
  ['no dynamodb', {}, /^dynamodb must be an object/],
  ['another source', { eventSource: 'aws:kinesis', dynamodb: { Keys } }, /^eventSource must be/],
  ['an unknown member', { ...(withImage({}) as object), Foo: 1 }, /^unknown member Foo$/],
  [
    'an unknown inner member',
    { dynamodb: { Keys, Image: {} } },
    /^unknown member dynamodb\.Image$/,
  ],
  [
    'a member named __proto__',
    JSON.parse('{"__proto__":{},"dynamodb":{}}'),
    /unknown member __proto__/,
  ],
  ['no Keys', { dynamodb: { NewImage } }, /^dynamodb\.Keys must be an object/],
  [
    'Keys without the partition key',
    { dynamodb: { Keys: { x: { S: 'a' } }, NewImage } },
    /Keys\.id must be an S, N or B/,
  ],
  [
    'a partition key that is a list',
    { dynamodb: { Keys: { id: { L: [] } }, NewImage } },
    /Keys\.id must be/,
  ],
  [
    'an inherited partition key',
    { dynamodb: { Keys: Object.create({ id: { S: 'a' } }), NewImage } },
    /Keys\.id must/,
  ],
  ['no image', { dynamodb: { Keys } }, /^dynamodb needs NewImage or OldImage$/],
  ['no image but a name', { eventName: 'MODIFY', dynamodb: { Keys } }, /^dynamodb needs/],
  [
    'another event name',
    { eventName: 'insert', dynamodb: { Keys, NewImage } },
    /^eventName must be/,
  ],
  [
    'an INSERT with an old image',
    { eventName: 'INSERT', dynamodb: { Keys, OldImage: NewImage } },
    /INSERT has no/,
  ],
  [
    'a REMOVE with a new image',
    { eventName: 'REMOVE', dynamodb: { Keys, NewImage } },
    /REMOVE has no/,
  ],
  [
    'a time as text',
    { dynamodb: { Keys, NewImage, ApproximateCreationDateTime: '1' } },
    /epoch seconds/,
  ],
  [
    'a time that is no number',
    { dynamodb: { Keys, NewImage, ApproximateCreationDateTime: Number.NaN } },
    /epoch seconds/,
  ],
  [
    'half an identity',
    { ...(withImage(NewImage) as object), userIdentity: { type: 'Service' } },
    /^userIdentity must be/,
  ],
  ['an image that is a list', withImage([]), /^dynamodb\.NewImage must be an object/],
  ['a bare value', withImage({ a: 'x' }), /^dynamodb\.NewImage\.a must be an attribute value$/],
  ['an empty value', withImage({ a: {} }), /NewImage\.a must be an attribute value, is empty$/],
  [
    'two types',
    withImage({ a: { S: 'x', N: '1' } }),
    /NewImage\.a must have one member, has S and N$/,
  ],
  ['an unknown type', withImage({ a: { X: 'x' } }), /NewImage\.a has the unknown type X$/],
  ['S of a number', withImage({ a: { S: 1 } }), /NewImage\.a S must be a string$/],
  ['N of a number', withImage({ a: { N: 1 } }), /decimal digits$/],
  ['N of a word', withImage({ a: { N: 'one' } }), /decimal digits$/],
  ['B that is no base64', withImage({ a: { B: '*' } }), /base64$/],
  ['BOOL of text', withImage({ a: { BOOL: 'true' } }), /BOOL must be true or false$/],
  ['NULL of false', withImage({ a: { NULL: false } }), /NULL must be true$/],
  ['an empty set', withImage({ a: { SS: [] } }), /SS must be a list of one value or more$/],
  ['a set of something else', withImage({ a: { SS: ['x', 1] } }), /SS must be a list of strings$/],
  ['NS of words', withImage({ a: { NS: ['1', 'x'] } }), /decimal digits$/],
  ['BS of words', withImage({ a: { BS: ['*'] } }), /base64$/],
  ['L of an object', withImage({ a: { L: {} } }), /L must be a list$/],
  [
    'M of a list',
    withImage({ a: { M: [] } }),
    /NewImage\.a must be an object of attribute values$/,
  ],
  [
    'a wrong value deep inside',
    withImage({ a: { M: { b: { L: [{ S: 'x' }, { S: 1 }] } } } }),
    /NewImage\.a\.b\.1 S must/,
  ],
  [
    '33 levels',
    withImage({ a: nested(ATTRIBUTE_DEPTH_MAX + 1) }),
    /NewImage\.a is nested more than 32 levels/,
  ],
  [
    'more than 1 MB',
    withImage({ a: { S: 'x'.repeat(1024 * 1024) } }),
    /^has more than 1048576 bytes as JSON$/,
  ],
  [
    'more than 1 MB in many values',
    withImage({ a: { L: new Array(150_000).fill({ S: '' }) } }),
    /^has more than 1048576 bytes as JSON$/,
  ],
  [
    'a name with control characters',
    withImage({ 'a\u001b[31m\r\n': 1 }),
    /NewImage\."a\\u001b\[31m\\r\\n" must/,
  ],
]

t.test(
  'contract §4: a bad record is refused with its number and the reason, and none is stored',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', SETTINGS)
    for (const [name, record, reason] of REFUSED) {
      const refusal = await stream.put([order('before'), record, order('after')]).then(
        () => undefined,
        (error: unknown) => error,
      )
      t.match(refusal, { code: 'MILLRACE_RECORD_INVALID', facts: { number: 2, reason } }, name)
    }
    t.same(readAll(stream, onlyShard(stream)), [])
    const { sequenceNumbers } = await stream.put([order('good')])
    const records = readAll(stream, onlyShard(stream))
    t.equal(records.length, 1, 'the refused ones left nothing behind')
    t.equal(records[0]!.dynamodb.SequenceNumber, sequenceNumbers[onlyShard(stream)])
  },
)

t.test('32 levels and 1 MB less a little are taken', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  const deep = { a: nested(ATTRIBUTE_DEPTH_MAX) }
  const large = { a: { S: 'x'.repeat(1024 * 1024 - 1000) } }
  await stream.put([withImage(deep), withImage(large), order('small')])
  const records = readAll(stream, onlyShard(stream))
  t.same(
    records.map(({ dynamodb }) => dynamodb.NewImage),
    [deep, large, { id: { S: 'small' } }],
  )
})

t.test('contract §4: a missing eventName is inferred from the images', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('orders', SETTINGS)
  await stream.put([
    { dynamodb: { Keys, NewImage } },
    { dynamodb: { Keys, NewImage, OldImage: NewImage } },
    { dynamodb: { Keys, OldImage: NewImage } },
    { eventName: 'MODIFY', dynamodb: { Keys, NewImage } },
  ])
  t.same(
    readAll(stream, onlyShard(stream)).map(({ eventName }) => eventName),
    ['INSERT', 'MODIFY', 'REMOVE', 'MODIFY'],
  )
})

t.test('contract §4: images that the view type does not carry are removed', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const cases: readonly (readonly [StreamViewType, readonly string[], number])[] = [
    ['KEYS_ONLY', [], 3],
    ['NEW_IMAGE', ['NewImage'], 6],
    ['OLD_IMAGE', ['OldImage'], 7],
    ['NEW_AND_OLD_IMAGES', ['NewImage', 'OldImage'], 10],
  ]
  for (const [streamViewType, carried, size] of cases) {
    const name = `view-${streamViewType}`
    const stream = await streams.ensure(name, { ...SETTINGS, streamViewType })
    const OldImage = { id: { S: 'a' }, x: { S: '' } }
    await stream.put([{ dynamodb: { Keys, NewImage, OldImage } }])
    const [record] = readAll(stream, onlyShard(stream))
    const images = Object.keys(record!.dynamodb).filter((member) => member.endsWith('Image'))
    t.same(images, carried)
    t.equal(record!.dynamodb.StreamViewType, streamViewType)
    t.equal(record!.dynamodb.SizeBytes, size)
    t.equal(record!.eventName, 'MODIFY')
  }
  const keysOnly = streams.stream('view-KEYS_ONLY')
  const bad = { dynamodb: { Keys, NewImage: { id: 1 } } }
  await t.rejects(keysOnly.put([bad]), { code: 'MILLRACE_RECORD_INVALID' }, 'checked all the same')
  await keysOnly.put([{ eventName: 'INSERT', dynamodb: { Keys } }])
  t.equal(readAll(keysOnly, onlyShard(keysOnly)).length, 2, 'recorded data may lack the image')
})

t.test(
  'recorded data goes in: what the stream adds is replaced, times and identity are kept',
  async (t) => {
    const streams = await openStreams(t, temporaryDirectory(t))
    const stream = await streams.ensure('orders', SETTINGS)
    const userIdentity = { principalId: 'dynamodb.amazonaws.com', type: 'Service' }
    const recorded = {
      eventID: 'f00',
      eventName: 'REMOVE',
      eventVersion: '1.0',
      eventSource: 'aws:dynamodb',
      awsRegion: 'eu-west-1',
      dynamodb: {
        ApproximateCreationDateTime: 1.47949974e9,
        Keys,
        OldImage: NewImage,
        SequenceNumber: '4421584500000000017450439091',
        SizeBytes: 1,
        StreamViewType: 'OLD_IMAGE',
      },
      userIdentity,
      eventSourceARN: 'arn:aws:dynamodb:eu-west-1:1:table/x/stream/y',
    }
    await stream.put([recorded])
    await stream.put([readAll(stream, onlyShard(stream))[0]!])
    const [first, again] = readAll(stream, onlyShard(stream))
    const { SequenceNumber } = first!.dynamodb
    t.equal(
      JSON.stringify(first),
      JSON.stringify({
        eventID: first!.eventID,
        eventName: 'REMOVE',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: 1479499740,
          Keys,
          OldImage: NewImage,
          SequenceNumber,
          SizeBytes: 6,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
        eventSourceARN: stream.place.streamArn,
      }),
    )
    t.match(again, { eventName: 'REMOVE', dynamodb: { ApproximateCreationDateTime: 1479499740 } })
    t.not(again!.eventID, first!.eventID)
  },
)

t.test('DynamoDB guide: SizeBytes of its own examples', async (t) => {
  const streams = await openStreams(t, temporaryDirectory(t))
  const stream = await streams.ensure('messages', {
    ...SETTINGS,
    keySchema: [{ attributeName: 'Id', keyType: 'HASH' }],
  })
  const Keys = { Id: { N: '101' } }
  const item = (Message: string): object => ({ Message: { S: Message }, Id: { N: '101' } })
  const [created, changed] = [item('New item!'), item('This item has changed')]
  await stream.put([
    { dynamodb: { Keys, NewImage: created } },
    { dynamodb: { Keys, NewImage: changed, OldImage: created } },
    { dynamodb: { Keys, OldImage: changed } },
  ])
  const sizes = readAll(stream, onlyShard(stream)).map(({ dynamodb }) => dynamodb.SizeBytes)
  t.same(sizes, [26, 59, 38])
})
