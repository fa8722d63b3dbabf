import { readFileSync } from 'node:fs'
import t from 'tap'
import { configurationSchema } from '../../lib/settings/schema.ts'

t.test('schema.json is current: npm run docs:schema writes it', (t) => {
  const written: unknown = JSON.parse(readFileSync('schema.json', 'utf8'))
  t.strictSame(written, JSON.parse(JSON.stringify(configurationSchema())))
  t.end()
})

t.test('what the parser refuses is not in it', (t) => {
  const text = JSON.stringify(configurationSchema())
  for (const name of [
    'ScalingConfig',
    'OnSuccess',
    'AT_TIMESTAMP',
    'Kinesis',
    'Topics',
    'ErrorCount',
  ])
    t.notOk(text.includes(`"${name}"`), name)
  t.match(configurationSchema(), {
    properties: {
      Mappings: {
        items: {
          additionalProperties: false,
          required: ['FunctionName', 'StartingPosition'],
          oneOf: [
            { required: ['Stream'] },
            { required: ['EventSourceArn'] },
            { required: ['Table'] },
          ],
          properties: {
            BatchSize: { type: 'integer', minimum: 1, maximum: 10000, default: 100 },
            TumblingWindowInSeconds: { minimum: 0, maximum: 900, default: 0 },
            MaximumRecordAgeInSeconds: {
              minimum: -1,
              maximum: 604800,
              not: { minimum: 0, maximum: 59 },
            },
          },
        },
      },
    },
  })
  t.end()
})
