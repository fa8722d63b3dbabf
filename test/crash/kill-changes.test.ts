import t from 'tap'
import { testSeed } from '../support/seeded-random.ts'
import { playScenarios } from './scenario.ts'

t.setTimeout(900_000)

playScenarios(t, 'kill-changes', testSeed(), [
  {
    name: 'settings change while it is killed',
    changing: true,
    kills: 1,
    records: 3000,
    keys: 200,
    batchSize: 10,
    retries: 2,
    poison: { every: 300, kinds: ['throw'] },
  },
  {
    name: 'settings change while it is killed, two shards, discards in a file',
    changing: true,
    kills: 1,
    records: 2000,
    keys: 60,
    shards: 2,
    batchSize: 20,
    retries: 1,
    bisect: true,
    destination: true,
    poison: { every: 200, kinds: ['throw'] },
  },
])
