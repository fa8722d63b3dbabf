import t from 'tap'
import { AuditFailure } from '../../../bench/audit/run-audit.ts'
import type { LoadedTable } from '../../../bench/dynamodb/loaded-table.ts'
import type { TableDrain } from '../../../bench/dynamodb/table-drain.ts'
import { type Contest, versus } from '../../../bench/rivals/contest.ts'
import { installedVersion, RivalMissing } from '../../../bench/rivals/rival.ts'

const context = { runs: 2, signal: new AbortController().signal, progress: () => {} }
const facts = { name: 'snail', version: '1', started: 'slowly', note: 'none' }
const tableOf = (recordCount: number) => ({ recordCount }) as LoadedTable
const drainOf = (whole: number, handled: number): TableDrain => ({
  whole,
  handled,
  startSeconds: 1,
})

function contest(drain: Contest['engine'], stopped: string[] = []): Contest {
  return {
    table: tableOf(100),
    rivalTable: tableOf(10),
    rate: 'handled',
    engine: async () => drainOf(60, 100),
    open: async () => ({
      facts,
      drain: async () => drain(),
      stop: async () => void stopped.push(facts.name),
    }),
  }
}

t.test(
  'engine by rival, of the rate that counts; the rival’s facts go into the details',
  async (t) => {
    const stopped: string[] = []
    const measured = await versus(
      context,
      contest(async () => drainOf(20, 25), stopped),
    )
    t.match(measured, {
      summary: { median: 4, samples: [4, 4] },
      rival: facts,
      details: {
        withStart: { median: 3 },
        rivalRecordsPerSecond: { median: 25 },
        engineRecords: 100,
        rivalRecords: 10,
      },
    })
    t.strictSame(stopped, ['snail'])
  },
)

t.test('a rival that is not there, or ends, is missing; it is stopped all the same', async (t) => {
  const stopped: string[] = []
  const failing = contest(() => Promise.reject(new RivalMissing('it ended')), stopped)
  t.strictSame(await versus(context, failing), { missing: 'it ended' })
  t.strictSame(stopped, ['snail'])
  const absent = { ...failing, open: () => Promise.reject(new RivalMissing('no Java')) }
  t.strictSame(await versus(context, absent), { missing: 'no Java' })
})

t.test('a rival that lost a record is no figure but a failure', async (t) => {
  const lossy = contest(() => Promise.reject(new AuditFailure('lost')))
  await t.rejects(versus(context, lossy), AuditFailure)
})

t.test('versions are those of the packages that are there', (t) => {
  for (const name of ['undici', 'piscina', '@aws-sdk/client-dynamodb-streams'])
    t.match(installedVersion(name), /^\d+\.\d+\.\d+$/, name)
  t.end()
})
