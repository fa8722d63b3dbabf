import t from 'tap'
import {
  bytesText,
  describeRule,
  describeValue,
  durationText,
  pathText,
} from '../../../lib/core/mapping/setting-text.ts'

t.test('texts for people', (t) => {
  t.equal(pathText(['Mappings', 0, 'BatchSize']), 'Mappings[0].BatchSize')
  t.equal(describeRule({ kind: 'integer', min: 1, max: 10 }), 'an integer from 1 to 10')
  t.equal(
    describeRule({ kind: 'integer', min: -1, max: 9, except: { from: 0, to: 4, message: '' } }),
    '-1 or an integer from 5 to 9',
  )
  t.equal(describeRule({ kind: 'choice', values: ['A', 'B'], elsewhere: ['B'] }), 'A')
  t.equal(
    describeRule({ kind: 'bytes', min: 1024, max: 1024 ** 3 }),
    'a size from 1KB to 1GB, such as 12MB',
  )
  t.equal(bytesText(1500), '1500B')
  t.equal(durationText(60_000), '60s')
  t.equal(durationText(1500), '1500ms')
  t.end()
})

t.test('a value is shown as JSON, cut, and a secret not at all', (t) => {
  const rule = { kind: 'text' } as const
  t.equal(describeValue('x', rule), '"x"')
  t.equal(describeValue('x'.repeat(500), rule).length, 83)
  t.equal(describeValue(undefined, rule), 'nothing')
  t.equal(describeValue(1n, rule), 'a bigint')
  t.equal(describeValue(4711, { kind: 'text', secret: true }), 'a number')
  t.end()
})
