import fc from 'fast-check'
import t from 'tap'
import type { EngineRig } from '../support/engine-rig.ts'
import { holds } from '../support/property.ts'
import { arbitraryScenario, ScenarioRun } from '../support/scenario.ts'

/** What was handed out for the first time in another order than it was put, by key and shard. */
function inversions({ calls, history }: EngineRig): readonly string[] {
  const shardOf = new Map<number, string>()
  for (const event of history)
    if (event.type === 'put')
      for (const { number } of event.records) shardOf.set(number, event.shard)
  const last = new Map<string, number>()
  const seen = new Set<number>()
  const found: string[] = []
  for (const { numbers, records } of calls) {
    for (const [i, number] of numbers.entries()) {
      if (seen.has(number)) continue
      seen.add(number)
      const place = `${records[i]!.dynamodb.Keys.id.S} in ${shardOf.get(number)}`
      const before = last.get(place) ?? 0
      if (number < before) found.push(`${number} of ${place} came after ${before}`)
      last.set(place, number)
    }
  }
  return found
}

/** What costs time and has properties of its own. */
const PLAIN = { windowSeconds: 0, remote: false, throttling: 0 }

for (let factor = 1; factor <= 10; factor++) {
  t.test(
    `I3: order per key under random failures at ParallelizationFactor ${factor}`,
    async (t) => {
      const failures = fc.record({
        failing: fc.constantFrom(0.1, 0.3, 0.6),
        slowMs: fc.constantFrom(0, 20, 500),
        retries: fc.constantFrom(-1, 0, 2),
        splitAfter: fc.constantFrom(0, 0, 2),
      })
      const property = fc.asyncProperty(arbitraryScenario, failures, async (any, more) => {
        const run = new ScenarioRun({ ...any, ...more, ...PLAIN, factors: [factor] })
        const violations = await run.play()
        const broken = [...violations, ...inversions(run.rig)]
        if (broken.length > 0) throw new Error(broken.join('\n'))
      })
      await holds(t, property, { runs: 5, perFile: 10 })
    },
  )
}
