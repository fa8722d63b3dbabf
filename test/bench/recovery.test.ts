import t from 'tap'
import { checkLog } from '../../bench/audit/check-log.ts'
import { readFileLog } from '../../bench/audit/file-log.ts'
import { live } from '../../bench/engine/life.ts'
import { logIn, stateOf, unreadBacklog } from '../../bench/engine/recovery-scenarios.ts'
import { writeBacklog } from '../../bench/load/backlog.ts'

const { signal } = new AbortController()

t.test('a life that is killed in an invocation, and the next one: nothing is lost', async (t) => {
  const parent = t.testdir()
  const scenario = unreadBacklog(await writeBacklog(parent, 2000))
  const stateDirectory = stateOf(scenario, parent)
  const logFile = logIn(stateDirectory)
  const killed = await live(
    { options: scenario.options({ logFile, dieAt: 1000 }), stateDirectory },
    signal,
  )
  t.equal(killed.report, undefined)
  const seen = readFileLog(logFile)
  t.ok(seen.some(({ outcome, records }) => outcome === 'running' && records.includes(1000)))
  const { lost } = checkLog(seen, scenario.expected)
  t.ok(lost > 0 && lost < 2000, 'it had begun, and not ended')

  const { report, begunNs } = await live(
    { options: scenario.options({ logFile }), stateDirectory },
    signal,
  )
  t.match(report, { ledger: { polled: 2000, delivered: 2000, inFlight: 0 }, failedBatches: 0 })
  t.ok(report!.loadedNs > begunNs && report!.startedNs > report!.openedNs)
  const found = checkLog(readFileLog(logFile), {
    ...scenario.expected,
    restartsNs: [begunNs],
  })
  t.match(found, { lost: 0, duplicated: 0, reordered: 0, unexpected: 0 })
  t.ok(found.repeated > 0, 'at least what the killed invocation had')
})

t.test('a life that fails says why', async (t) => {
  const parent = t.testdir()
  const scenario = unreadBacklog({ ...(await writeBacklog(parent, 1)), directory: parent })
  const { functions: _, ...options } = scenario.options({})
  const stateDirectory = stateOf(scenario, parent)
  await t.rejects(live({ options, stateDirectory }, signal), {
    name: 'AuditFailure',
    message: /Function does not exist: on-order/,
  })
})
