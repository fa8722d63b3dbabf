import t from 'tap'
import { parseRequest } from '../../../lib/core/function/function-request.ts'
import {
  expectTagKeys,
  expectTags,
  TAG_REQUEST_RULE,
  taggedKind,
  toTags,
} from '../../../lib/core/mapping/tags.ts'
import { CREATE, I, refusal, V } from '../../support/mapping-requests.ts'

const HERE = 'arn:aws:lambda:us-east-1:000000000000'
const UUID = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa'

t.test('aws-semantics §1.1: what an ARN of the tag API is of', (t) => {
  t.equal(taggedKind(`${HERE}:event-source-mapping:${UUID}`), 'mapping')
  t.equal(taggedKind(`${HERE}:function:fn`), 'function')
  t.equal(taggedKind('arn:aws-cn:lambda:cn-north-1:000000000000:function:fn'), 'function')
  for (const qualifier of ['1', '$LATEST', 'prod'])
    t.throws(() => taggedKind(`${HERE}:function:fn:${qualifier}`), {
      exception: I,
      message:
        'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    })
  for (const other of [`code-signing-config:csc-${'a'.repeat(17)}`, 'capacity-provider:cp'])
    t.throws(() => taggedKind(`${HERE}:${other}`), {
      exception: 'ResourceNotFoundException',
      message: 'The resource you requested does not exist.',
    })
  t.end()
})

t.test('aws-semantics §1.4: a malformed or aliased ARN', (t) => {
  for (const arn of [
    '',
    'x',
    UUID,
    `${HERE}:event-source-mapping:${UUID}:prod`,
    `${HERE}:event-source-mapping:${UUID}0`,
    `${HERE}:event-source-mapping:x`,
    `${HERE}:function:`,
    `${HERE}:layer:l`,
    'arn:aws:sqs:us-east-1:000000000000:q',
    'arn:aws:lambda:us-east-1:1:function:fn',
  ])
    t.throws(() => taggedKind(arn), {
      exception: V,
      message: `1 validation error detected: Value '${arn}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:`,
    })
  t.end()
})

t.test('tags are so many, and a name of theirs means nothing else', (t) => {
  const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, '']))
  const tooMany = { exception: I, message: 'Number of tags exceeds resource tag limit (50).' }
  t.throws(() => toTags(new Map(Object.entries(Tags))), tooMany)
  t.match(refusal({ ...CREATE, Tags }), tooMany)
  const { k50: _one, ...others } = Tags
  t.equal(Object.keys(toTags(new Map(Object.entries(others)))).length, 50)
  t.strictSame(Object.keys(toTags(new Map([['__proto__', 'x']]))), ['__proto__'])
  t.end()
})

t.test('a request names tags, or keys of tags', (t) => {
  const tags = new Map([['a', 'b']])
  t.equal(expectTags(tags), tags)
  t.throws(() => expectTags(new Map()), {
    exception: I,
    message: 'An error occurred and the request cannot be processed.',
  })
  t.same(expectTagKeys(['a']), ['a'])
  t.throws(() => expectTagKeys([]), {
    exception: V,
    message:
      "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
  })
  t.same(parseRequest({ Tags: { a: 'b' } }, TAG_REQUEST_RULE).Tags, tags)
  for (const bad of [
    {},
    { Tags: [] },
    { Tags: { a: 1 } },
    { Tags: { '': '' } },
    { Tags: { 'a!': '' } },
  ])
    t.throws(() => parseRequest(bad, TAG_REQUEST_RULE), /'tags/, JSON.stringify(bad))
  t.end()
})
