import t from 'tap'
import { sources } from '../../bench/sources.ts'
import { smokeBenchmark } from '../support/smoke-benchmark.ts'

const LEFT_OUT = { missing: 'left out by --smoke' }

t.test('the benchmark of sources at its smallest, on DynamoDB Local', async (t) => {
  const { figures, audits } = await smokeBenchmark(t, sources, { java: true })
  const { versusServerless, versusServerlessTuned, versusKcl, ...measured } = figures
  t.strictSame([versusServerless, versusServerlessTuned, versusKcl], Array(3).fill(LEFT_OUT))
  for (const [name, figure] of Object.entries(measured))
    t.match(figure, { summary: { samples: [Number] } }, name)
  t.match(figures['versusSdkLoop'], {
    rival: { name: 'SDK loop', version: String, started: String, note: String },
  })
  // Four contests of a warm-up and a run of two, and the latency.
  t.equal(audits.length, 17)
  for (const { lost, duplicated, reordered, unexpected } of audits)
    t.strictSame([lost, duplicated, reordered, unexpected], [0, 0, 0, 0])
})
