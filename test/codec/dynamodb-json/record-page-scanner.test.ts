import fc from 'fast-check'
import t from 'tap'
import {
  RecordPageScanner,
  type ScannedPage,
} from '../../../lib/codec/dynamodb-json/record-page-scanner.ts'
import { orderHash } from '../../../lib/core/lane/lane-hash.ts'
import { canonicalOrderKey } from '../../../lib/core/lane/order-key.ts'
import { type FakeRecord, fakeRecord, fakeRecords } from '../../support/fake-dynamodb-records.ts'

const scanner = (partitionKeyName: string | undefined = 'id') =>
  new RecordPageScanner({ partitionKeyName, addedBytes: 100 })

function scan(text: string, by = scanner()): ScannedPage {
  const result = by.scan(Buffer.from(text))
  if (result.type === 'malformed') throw new Error(result.reason)
  return result.page
}

const bodyOf = (page: ScannedPage, index: number): unknown =>
  JSON.parse(Buffer.from(page.bytes).toString('utf8', page.starts[index], page.ends[index]))

const withKeys = (keys: object, number = 1): FakeRecord => {
  const record = fakeRecord(number)
  return { ...record, dynamodb: { ...record.dynamodb, Keys: keys } }
}

t.test('finds range, hash, arrival, sequence number and size of each record', (t) => {
  const records = fakeRecords(1, 2500)
  const text = JSON.stringify({ Records: records, NextShardIterator: 'a"\\|é' }, null, 1)
  const result = scanner().scan(Buffer.from(text))
  if (result.type === 'malformed') throw new Error(result.reason)
  const { page } = result
  t.equal(result.nextIterator, 'a"\\|é')
  t.equal(page.count, 2500)
  records.forEach((record, i) => {
    const created = record.dynamodb['ApproximateCreationDateTime'] as number
    const same =
      page.sequenceNumberAt(i) === String(i + 1) &&
      page.arrivedAt[i] === created * 1000 &&
      page.orderHashes[i] === orderHash(`S:k-${(i + 1) % 7}`) &&
      page.jsonBytes[i] === page.ends[i]! - page.starts[i]! + 100
    if (!same) t.fail(`columns of record ${i + 1}`)
  })
  for (const index of [0, 999, 1000, 2499]) t.same(bodyOf(page, index), records[index])
  t.end()
})

t.test('members may come in any order, with unknown ones and space between', (t) => {
  const { dynamodb, ...rest } = fakeRecord(7)
  const turned = Object.fromEntries(Object.entries(dynamodb).reverse())
  const record = {
    unknown: [{}, [], [1, -2.5e-3, null, true, false, '"]}']],
    dynamodb: turned,
    ...rest,
  }
  const text = JSON.stringify(
    { Other: {}, NextShardIterator: null, Records: [record] },
    null,
    '\t \r\n ',
  )
  const result = scanner().scan(Buffer.from(`\n${text} `))
  t.match(result, { type: 'scanned', nextIterator: undefined, page: { count: 1 } })
  t.equal(scan(text).sequenceNumberAt(0), '7')
  t.same(bodyOf(scan(text), 0), record)
  t.end()
})

t.test('escaped names and values mean what JSON.parse says', (t) => {
  const plain = JSON.stringify({
    Records: [withKeys({ id: { S: 'aé😀' } })],
    NextShardIterator: 'x',
  })
  const escaped = plain
    .replaceAll('é', '\\u00e9')
    .replaceAll('😀', '\\uD83D\\uDE00')
    .replaceAll('Records', 'Record\\u0073')
    .replaceAll('"Keys"', '"\\u004beys"')
    .replaceAll('"id"', '"\\u0069d"')
    .replaceAll('SequenceNumber', 'Sequence\\u004eumber')
  t.equal(scan(escaped).orderHashes[0], scan(plain).orderHashes[0])
  t.equal(scan(plain).orderHashes[0], orderHash('S:aé😀'))
  t.end()
})

t.test('the hash is that of the canonical order key, whatever the keys hold', (t) => {
  const attribute = fc.record({
    letter: fc.constantFrom('S', 'N', 'B'),
    value: fc.string({ unit: 'binary' }),
  })
  const keys = fc.dictionary(fc.constantFrom('id', 'sort', 'é"', '__proto__', ''), attribute, {
    maxKeys: 3,
  })
  const name = fc.constantFrom(undefined, 'id', 'é"', '__proto__', '')
  fc.assert(
    fc.property(keys, name, (attributes, partitionKeyName) => {
      const entries = Object.entries(attributes).map(([key, a]) => [key, { [a.letter]: a.value }])
      const found = Object.fromEntries(entries) as Record<string, Record<string, string>>
      const options = {
        addedBytes: 0,
        ...(partitionKeyName === undefined ? {} : { partitionKeyName }),
      }
      const page = scan(
        JSON.stringify({ Records: [withKeys(found)] }),
        new RecordPageScanner(options),
      )
      return page.orderHashes[0] === orderHash(canonicalOrderKey(found, partitionKeyName))
    }),
  )
  t.end()
})

t.test('a number is read as JSON has it; leading zeros of a sequence number go', (t) => {
  const text = JSON.stringify({ Records: [fakeRecord(1)] })
  const double = text.replace('1767225601', '1.789651658E9')
  t.equal(scan(double).arrivedAt[0], 1_789_651_658_000)
  t.equal(scan(text.replace('1767225601', '1767225601.123')).arrivedAt[0], 1_767_225_601_123)
  t.equal(
    scan(text.replace('000000000000000000001', '9'.repeat(40))).sequenceNumberAt(0),
    '9'.repeat(40),
  )
  t.end()
})

const good = JSON.stringify({ Records: [fakeRecord(1), fakeRecord(2)], NextShardIterator: 'i' })

t.test('whatever is malformed is said to be, and nothing is thrown (reliability §4.15)', (t) => {
  const bad: Record<string, string> = {
    empty: '',
    'no object': '[]',
    'no Records': '{}',
    'Records null': '{"Records":null}',
    'Records twice': '{"Records":[],"Records":[]}',
    'text after': `${good}x`,
    'no comma': good.replace('},{', '} {'),
    'trailing comma': good.replace('],"Next', ',],"Next'),
    'empty iterator': good.replace('"i"', '""'),
    'iterator a number': good.replace('"i"', '7'),
    'record no object': '{"Records":[1]}',
    'record empty': '{"Records":[{}]}',
    'no Keys': good.replace('"Keys"', '"Kays"'),
    'Keys a list': good.replace('"Keys":{"id":{"S":"k-1"},"sort":{"N":"1"}}', '"Keys":[]'),
    'no time': good.replace('"ApproximateCreationDateTime"', '"When"'),
    'time a text': good.replace('1767225601', '"1767225601"'),
    'time endless': good.replace('1767225601', '1e999'),
    'leading zero': good.replace('1767225601', '01767225601'),
    'no sequence number': good.replace('"SequenceNumber"', '"Number"'),
    'sequence number no text': good.replace('"000000000000000000001"', '1'),
    'sequence number no digits': good.replace('000000000000000000001', '00000000000000000000x'),
    'sequence number negative': good.replace('000000000000000000001', '-1'),
    'sequence number too long': good.replace('000000000000000000001', '1'.repeat(130)),
    'sequence numbers descend': good.replace('000000000000000000001', '000000000000000000003'),
    'control character': good.replace('INSERT', 'INS\nERT'),
    'bad escape': good.replace('INSERT', '\\x41'),
    'bad unicode escape': good.replace('INSERT', '\\u00g0'),
    'bad literal': good.replace('"INSERT"', 'nul'),
    'bare word': good.replace('"INSERT"', 'INSERT'),
    'nested too deeply': good.replace('"INSERT"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    BOM: `\ufeff${good}`,
  }
  for (const [name, text] of Object.entries(bad)) {
    t.not(text, good, `${name} is another text`)
    t.match(
      scanner().scan(Buffer.from(text)),
      { type: 'malformed', reason: /^malformed GetRecords answer: / },
      name,
    )
  }
  t.end()
})

t.test('cut off anywhere: malformed', (t) => {
  const bytes = Buffer.from(good)
  for (let length = 0; length < bytes.length; length++) {
    const result = scanner().scan(bytes.subarray(0, length))
    if (result.type !== 'malformed') t.fail(`believed ${length} bytes of ${bytes.length}`)
  }
  t.equal(scan(good).count, 2)
  t.end()
})

t.test('what the scanner accepts JSON.parse accepts, and the other way round', (t) => {
  const bytes = [...good].map((_, i) => i)
  const change = fc.record({
    at: fc.constantFrom(...bytes),
    to: fc.constantFrom(...'"{}[]:,\\ 0-+.eE1tn\n\u0001'),
  })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const letters = [...good]
      for (const { at, to } of changes) letters[at] = to
      const text = letters.join('')
      if (scanner().scan(Buffer.from(text)).type === 'scanned') JSON.parse(text)
      return true
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.json(), (value) => {
      const text = good.replace('"INSERT"', () => value)
      return scan(text).count === 2
    }),
  )
  t.end()
})
