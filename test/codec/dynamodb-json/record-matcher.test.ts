import t from 'tap'
import { RecordMatcher } from '../../../lib/codec/dynamodb-json/record-matcher.ts'
import { fakeRecord } from '../../support/fake-dynamodb-records.ts'
import { filterOf, jsonAnswer, STREAM_ARN } from '../../support/filter-bodies.ts'

const image = (attributes: unknown) => ({ dynamodb: { NewImage: attributes } })

function answerOfText(pattern: object, text: string): boolean | undefined {
  const bytes = Buffer.from(text)
  return new RecordMatcher(filterOf(pattern), STREAM_ARN).match(bytes, 0, bytes.length)
}

t.test("members of a record as Lambda has them, not as the server's (aws-semantics §6.1)", (t) => {
  const plain = fakeRecord(1)
  const rows: readonly (readonly [object, object, boolean | undefined])[] = [
    [{ eventName: ['INSERT'] }, plain, true],
    [{ eventSourceARN: [STREAM_ARN] }, plain, true],
    [{ eventSourceARN: ['x'] }, { ...plain, eventSourceARN: 'x' }, false],
    [{ other: ['x'] }, { ...plain, other: 'x' }, false],
    [{ awsRegion: [{ exists: false }] }, { ...plain, awsRegion: null }, true],
    [{ awsRegion: [null] }, { ...plain, awsRegion: null }, false],
    [{ dynamodb: { SequenceNumber: ['000000000000000000001'] } }, plain, true],
    [{ dynamodb: { other: ['x'] } }, { dynamodb: { ...plain.dynamodb, other: 'x' } }, false],
    [{ dynamodb: { SizeBytes: [{ numeric: ['=', 30] }] } }, plain, true],
    [{ dynamodb: { SizeBytes: [null] } }, { dynamodb: { SizeBytes: null } }, false],
    [image({ n: { N: ['1'] } }), plain, true],
    [image({ n: { NULL: [null] } }), { dynamodb: { NewImage: { n: { NULL: null } } } }, true],
    [image({ t: { SS: ['b'] } }), { dynamodb: { NewImage: { t: { SS: ['a', 'b'] } } } }, true],
    [{ userIdentity: { type: ['Service'] } }, plain, false],
    [{ userIdentity: { type: ['Service'] } }, { ...plain, userIdentity: {} }, undefined],
    [{ eventName: ['INSERT'] }, { ...plain, userIdentity: {} }, true],
    [image({ l: { L: { S: ['a'] } } }), { dynamodb: { NewImage: { l: { L: [{}] } } } }, undefined],
  ]
  for (const [pattern, wire, expected] of rows)
    t.equal(jsonAnswer(filterOf(pattern), wire), expected, JSON.stringify(pattern))
  t.end()
})

t.test('texts and names as they may be written', (t) => {
  const pattern = image({ é: { S: ['"ö"'] } })
  for (const [name, value] of [
    ['é', '\\"ö\\"'],
    ['\\u00e9', '\\u0022\\u00f6"'.replace('"', '\\"')],
  ])
    t.equal(
      answerOfText(pattern, ` {"dynamodb" : {"NewImage": { "${name}":\n{"S":"${value}"}}}}`),
      true,
    )
  // A half of a surrogate pair, and what stands for bytes that are no UTF-8, are not the same.
  t.equal(answerOfText(image({ a: { S: ['\ud800'] } }), text('"\ufffd"')), false)
  t.equal(answerOfText(image({ a: { S: ['\ud800'] } }), text('"\\ud800"')), true)
  t.equal(answerOfText(image({ '\ud800': { S: [{ exists: true }] } }), text('"x"')), false)
  t.end()
})

t.test('what only the decoder can tell: names given twice, and what is no record', (t) => {
  const pattern = image({ a: { S: ['x'] } })
  t.equal(answerOfText(pattern, text('"x"')), true)
  for (const odd of [
    text('"x","S":"y"'),
    '{"dynamodb":{"NewImage":{"a":{"S":"x"}},"NewImage":{}}}',
    '{"dynamodb":{"NewImage":{"a":{"S":"x"}}},"dynamodb":{}}',
    '{"dynamodb":null}',
    '{"dynamodb":[]}',
    '{"eventName":"INSERT"}',
    '{}',
    '[]',
    `${text('"x"')} `,
    text('"x"').slice(0, -1),
    text('"x'),
  ])
    t.equal(answerOfText(pattern, odd), undefined, odd)
  t.end()
})

/** A record whose new image has `a`, with this as `S`. */
function text(value: string): string {
  return `{"dynamodb":{"NewImage":{"a":{"S":${value}}}}}`
}
