import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { configurationSchema } from '../../lib/settings/schema.ts'

t.test('schema.json is current: npm run docs:schema writes it', (t) => {
  const written: unknown = JSON.parse(readFileSync('schema.json', 'utf8'))
  t.strictSame(written, JSON.parse(JSON.stringify(configurationSchema())))
  t.end()
})

t.test(
  'what editors are told is there: README.md for the package, the examples for a clone',
  (t) => {
    const schemaOf = (path: string) =>
      /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
    t.equal(schemaOf('README.md'), './node_modules/millrace/schema.json')
    const { files, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
    t.ok(files.includes('schema.json') && exports['./schema.json'] === './schema.json')
    for (const name of readdirSync('examples', { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('millrace.yaml')) continue
      const path = join('examples', name)
      t.equal(join(dirname(path), schemaOf(path)), 'schema.json', path)
    }
    t.end()
  },
)

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
