import { join } from 'node:path'
import type { DynamoDBStreamHandler } from 'aws-lambda'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { Tables } from './tables.ts'

const TABLE = 'orders'
const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`)

t.test('D31: a table is dropped and made again while a mapping reads it', async (t) => {
  const tables = await Tables.start(t)
  const seen: string[] = []
  let arrived = () => {}
  let isHeld = false
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const handler: DynamoDBStreamHandler = async ({ Records }) => {
    arrived()
    if (isHeld) await released
    for (const { dynamodb, eventSourceARN } of Records)
      seen.push(`${streams.indexOf(eventSourceARN!)} ${dynamodb!.Keys!['id']!.S}`)
  }
  const open = () =>
    createEngine({
      data: join(tables.folder, 'data'),
      sources: tables.sources,
      functions: { handler: { Handler: handler, Timeout: 60 } },
      mappings: [
        {
          Table: TABLE,
          FunctionName: 'handler',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 2,
          ParallelizationFactor: 1,
        },
      ],
    })
  const streams = [await tables.create(TABLE)]
  await tables.putAll(TABLE, ids('first', 3))
  const engine = await open()
  t.teardown(() => engine.stop())
  await engine.start()
  await engine.caughtUp()
  t.same(
    seen,
    ids('first', 3).map((id) => `0 ${id}`),
  )

  // A batch of the old stream runs and more of its records wait when the table goes.
  isHeld = true
  const running = new Promise<void>((resolve) => {
    arrived = resolve
  })
  await tables.putAll(TABLE, ids('left', 7))
  await running
  await tables.drop(TABLE)
  streams.push(await tables.create(TABLE))
  await tables.putAll(TABLE, ids('again', 5))
  const stopped = engine.stop()
  release()
  await stopped
  const before = seen.length
  t.ok(before < 10, 'some of the old stream are left')
  t.equal(seen.filter((one) => one.startsWith('1')).length, 0, 'a mapping is bound at its start')

  const second = await open()
  t.teardown(() => second.stop())
  await second.start()
  await second.caughtUp()
  t.same(
    seen,
    [
      ...[...ids('first', 3), ...ids('left', 7)].map((id) => `0 ${id}`),
      ...ids('again', 5).map((id) => `1 ${id}`),
    ],
    'the old stream is drained first, then the new one is read from its beginning',
  )
  t.match(second.ledger(), { polled: 15, delivered: 15, inFlight: 0 })
})
