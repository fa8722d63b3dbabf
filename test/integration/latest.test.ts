import { join } from 'node:path'
import type { DynamoDBStreamHandler } from 'aws-lambda'
import t from 'tap'
import type { EpochMs } from '../../lib/core/ids.ts'
import { Engine } from '../../lib/engine/engine.ts'
import { createSystemClock } from '../../lib/engine/system-clock.ts'
import type { Clock } from '../../lib/ports/clock.ts'
import { fromLibraryOptions } from '../../lib/settings/library-options.ts'
import { startShiftedStamps } from './shifted-stamps.ts'
import { Tables } from './tables.ts'

/** Ten minutes ahead: a start that is fixed anew by it leaves out what was written till then. @unit ms */
const AHEAD_MS = 600_000

/** The machine's clock, and how far it is put forward. */
function movableClock(): Clock & { aheadMs: number } {
  const system = createSystemClock(true)
  return {
    aheadMs: 0,
    now() {
      return (system.now() + this.aheadMs) as EpochMs
    },
    at(time, due) {
      return system.at((time - this.aheadMs) as EpochMs, due)
    },
    soon: system.soon,
  }
}

t.test('D21: LATEST on DynamoDB Local', async (t) => {
  const tables = await Tables.start(t)
  const Endpoint = await startShiftedStamps(t, tables.endpoint)
  const seen: string[] = []
  const handler: DynamoDBStreamHandler = async ({ Records }) => {
    for (const { dynamodb } of Records) seen.push(dynamodb!.Keys!['id']!.S!)
  }
  const start = async (table: string, clock: Clock) => {
    const engine = await Engine.open(
      fromLibraryOptions({
        data: join(tables.folder, table),
        sources: { DynamoDB: { Endpoint } },
        functions: { handler },
        mappings: [{ Table: table, FunctionName: 'handler', StartingPosition: 'LATEST' }],
      }),
      { clock },
    )
    t.teardown(() => engine.stop())
    await engine.start()
    return engine
  }
  const expectSeen = (expected: readonly string[]) => t.same(seen.splice(0), expected)

  for (const table of ['read', 'unread']) {
    await tables.create(table)
    await tables.putAll(table, ['before-1', 'before-2'])
  }

  t.comment('what was written before the start is not delivered, what comes after is')
  const first = await start('read', movableClock())
  await first.caughtUp()
  expectSeen([])
  await tables.putAll('read', ['after-1', 'after-2'])
  await first.caughtUp()
  expectSeen(['after-1', 'after-2'])
  t.match(
    first.ledger(),
    { polled: 2, delivered: 2, inFlight: 0 },
    'skipped records are not polled',
  )
  await first.stop()

  t.comment('a later start goes on behind its last record')
  const ahead = Object.assign(movableClock(), { aheadMs: AHEAD_MS })
  await tables.putAll('read', ['after-3'])
  const later = await start('read', ahead)
  await later.caughtUp()
  expectSeen(['after-3'])
  await later.stop()

  t.comment('the start is kept by a restart before the first record')
  const unread = await start('unread', movableClock())
  await unread.stop()
  await tables.putAll('unread', ['while-stopped'])
  const again = await start('unread', ahead)
  await again.caughtUp()
  expectSeen(['while-stopped'])
  await again.stop()
})
