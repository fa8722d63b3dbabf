import t from 'tap'
import type { Findings } from '../../bench/audit/check-log.ts'
import { SEED } from '../../bench/load/workload.ts'
import { sources } from '../../bench/sources.ts'

const LEFT_OUT = { missing: 'left out by --smoke' }

t.test('the benchmark of sources at its smallest, on DynamoDB Local', async (t) => {
  const audits: Findings[] = []
  const { figures } = await sources.run({
    scratch: t.testdir({}),
    seed: SEED,
    records: 10_000,
    runs: 1,
    seconds: 1,
    tableRecords: 1000,
    java: true,
    smoke: true,
    signal: new AbortController().signal,
    backlog: () => Promise.reject(new Error('not asked for')),
    audited: (findings) => audits.push(findings),
    progress: () => {},
  })
  const { versusServerless, versusServerlessTuned, versusKcl, ...measured } = figures
  t.strictSame([versusServerless, versusServerlessTuned, versusKcl], Array(3).fill(LEFT_OUT))
  for (const [name, figure] of Object.entries(measured))
    t.match(figure, { summary: { samples: [Number] } }, name)
  t.match(figures.versusSdkLoop, {
    details: { rival: { name: 'SDK loop', version: String, started: String, note: String } },
  })
  // Four contests of a warm-up and a run of two, and the latency.
  t.equal(audits.length, 17)
  for (const { lost, duplicated, reordered, unexpected } of audits)
    t.strictSame([lost, duplicated, reordered, unexpected], [0, 0, 0, 0])
})
