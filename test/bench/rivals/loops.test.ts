import t from 'tap'
import type { Findings } from '../../../bench/audit/check-log.ts'
import { bareHttpLoop } from '../../../bench/rivals/bare-http-loop.ts'
import { openSdkLoop } from '../../../bench/rivals/sdk-loop.ts'
import { scriptedTable } from '../../support/scripted-table.ts'

const COUNT = 2500
const NUMBERS = [...Array(COUNT).keys()]
/** Two of one key, as the test says itself. */
const [FIRST, SECOND] = [27, 28]

const LOOPS = {
  'bare HTTP loop': async (_: string, context: Context) => bareHttpLoop(context),
  'SDK loop': (endpoint: string, context: Context) => openSdkLoop({ endpoint }, context),
}
type Context = { audited(findings: Findings): void }

for (const [name, open] of Object.entries(LOOPS)) {
  const drain = async (t: Tap, numbers: readonly number[]) => {
    const found: Findings[] = []
    const table = await scriptedTable(t, numbers)
    const rival = await open(table.server.endpoint, { audited: (one) => found.push(one) })
    t.teardown(() => rival.stop())
    t.equal(rival.facts.name, name)
    t.match(rival.facts.version, /\d+\.\d+\.\d+$/)
    return { rates: await rival.drain(table), found }
  }

  t.test(`${name}: reads all pages, gives batches of 100, and is audited`, async (t) => {
    const { rates, found } = await drain(t, NUMBERS)
    t.match(found, [{ deliveries: COUNT, invocations: 25, lost: 0, reordered: 0 }])
    t.ok(rates.whole > 0)
    t.ok(rates.handled > rates.whole)
  })

  t.test(`${name}: a record that is lost is named with its number`, async (t) => {
    const numbers = NUMBERS.with(FIRST, NUMBERS.at(-1)!)
    await t.rejects(drain(t, numbers), { name: 'AuditFailure', message: /1 records lost/ })
  })

  t.test(`${name}: a swapped pair is named with both sequence numbers`, async (t) => {
    const table = await scriptedTable(t, [])
    t.equal(table.workload.keyNumberOf(FIRST), table.workload.keyNumberOf(SECOND))
    const numbers = NUMBERS.with(FIRST, SECOND).with(SECOND, FIRST)
    await t.rejects(drain(t, numbers), {
      name: 'AuditFailure',
      message: new RegExp(`record ${SECOND} \\(sequence number 0+${FIRST + 1}\\).* came before`),
    })
  })
}

type Tap = Parameters<typeof scriptedTable>[0]
