import t from 'tap'
import { testSeed } from '../support/seeded-random.ts'
import { playScenario, type Scenario } from './scenario.ts'

const SCENARIOS: readonly Scenario[] = [
  { name: 'nothing fails', kills: 20, records: 12_000, keys: 300, batchSize: 10 },
  { name: 'batches of one', kills: 10, records: 3000, keys: 50, batchSize: 1, delayMs: 1 },
  {
    name: 'poison, four shards',
    kills: 20,
    records: 30_000,
    keys: 500,
    shards: 4,
    batchSize: 20,
    retries: 2,
    poison: { every: 100, kinds: ['throw'] },
  },
].map((scenario) => ({ retries: 2, ...scenario })) as Scenario[]

const first = testSeed()
t.comment(`MILLRACE_TEST_SEED=${first} node config/run-tests.mjs dist/test/crash/kill.test.js`)
t.setTimeout(300_000)

SCENARIOS.forEach((scenario, index) => {
  t.test(scenario.name, async (t) => {
    const { violations, duplicates, deaths, runs } = await playScenario(t, scenario, first + index)
    t.comment(`${deaths} deaths in ${runs} runs, ${duplicates} duplicates`)
    t.same(violations, [])
  })
})
