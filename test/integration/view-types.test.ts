import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { type Item, Tables, type WireRecord } from './tables.ts'

type EventRecord = WireRecord & { readonly eventSourceARN: string }

const tables = await Tables.start(t)
const journal = join(tables.folder, 'journal.ndjson')
writeFileSync(
  join(tables.folder, 'handler.mjs'),
  `import { appendFileSync } from 'node:fs'
export const handler = async (event) => {
  for (const record of event.Records) appendFileSync(process.env.JOURNAL, JSON.stringify(record) + '\\n')
}
`,
)

/** Every type of attribute, as the SDK takes it. */
const FIRST: Item = {
  id: { S: 'k é😀"\\\u2028' },
  n: { N: '-12345678901234567890.0123456789' },
  b: { B: Uint8Array.of(0, 1, 254, 255) },
  ss: { SS: ['y', 'z'] },
  ns: { NS: ['-1', '2.5'] },
  bs: { BS: [Uint8Array.of(7), Uint8Array.of(255, 255)] },
  m: { M: { inner: { M: { deep: { L: [{ N: '1' }, { NULL: true }] } } }, __proto: { S: '' } } },
  l: { L: [{ S: 'a' }, { BOOL: false }, { M: {} }, { L: [] }] },
  nothing: { NULL: true },
  yes: { BOOL: true },
}
/** The same, as the wire and a handler have it. */
const FIRST_SEEN = {
  ...FIRST,
  b: { B: 'AAH+/w==' },
  bs: { BS: ['Bw==', '//8='] },
}
const SECOND: Item = { id: FIRST['id']!, n: { N: '2' } }
const Keys = { id: FIRST['id']! }

const VIEWS = {
  KEYS_ONLY: [{}, {}, {}],
  NEW_IMAGE: [{ NewImage: FIRST_SEEN }, { NewImage: SECOND }, {}],
  OLD_IMAGE: [{}, { OldImage: FIRST_SEEN }, { OldImage: SECOND }],
  NEW_AND_OLD_IMAGES: [
    { NewImage: FIRST_SEEN },
    { NewImage: SECOND, OldImage: FIRST_SEEN },
    { OldImage: SECOND },
  ],
} as const
const VIEW_NAMES = Object.keys(VIEWS) as (keyof typeof VIEWS)[]

const arns = new Map<string, string>()
for (const view of VIEW_NAMES) {
  arns.set(view, await tables.create(view, view))
  await tables.put(view, FIRST)
  await tables.put(view, SECOND)
  await tables.remove(view, FIRST['id']!.S!)
}

const engine = await createEngine({
  data: join(tables.folder, 'data'),
  sources: tables.sources,
  functions: {
    journal: {
      Runtime: 'nodejs20.x',
      CodeUri: tables.folder,
      Handler: 'handler.handler',
      Environment: { Variables: { JOURNAL: journal } },
    },
  },
  mappings: VIEW_NAMES.map((view) => ({
    Table: view,
    FunctionName: 'journal',
    StartingPosition: 'TRIM_HORIZON' as const,
  })),
})
t.teardown(() => engine.stop())
await engine.start()
await engine.caughtUp()
const seen = readFileSync(journal, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as EventRecord)

for (const view of VIEW_NAMES) {
  t.test(`aws-semantics §6.1: INSERT, MODIFY and REMOVE of a ${view} stream`, async (t) => {
    const eventSourceARN = arns.get(view)!
    const records = seen.filter((record) => record.eventSourceARN === eventSourceARN)
    const wire = await tables.records(eventSourceARN)
    t.strictSame(
      records,
      wire.map((record) => ({ ...record, eventSourceARN })),
      'what GetRecords gives, and the ARN',
    )
    t.same(
      records.map(({ eventName }) => eventName),
      ['INSERT', 'MODIFY', 'REMOVE'],
    )
    records.forEach((record, i) => {
      const { dynamodb, eventID, ...rest } = record
      t.match(eventID, /^[0-9a-f-]{32,36}$/)
      t.strictSame(rest, {
        eventName: ['INSERT', 'MODIFY', 'REMOVE'][i],
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'ddblocal',
        eventSourceARN,
      })
      const { ApproximateCreationDateTime, SequenceNumber, SizeBytes, ...images } =
        dynamodb as typeof dynamodb & Readonly<Record<string, unknown>>
      t.ok(Number.isInteger(ApproximateCreationDateTime), 'epoch seconds')
      t.match(SequenceNumber, /^\d{21,40}$/)
      t.ok(Number.isInteger(SizeBytes))
      t.strictSame(images, { Keys, ...VIEWS[view][i], StreamViewType: view })
    })
  })
}
