import t from 'tap'
import { testSeed } from '../support/seeded-random.ts'
import { playScenarios } from './scenario.ts'

t.setTimeout(900_000)

playScenarios(t, 'kill-splits', testSeed(), [
  {
    name: 'shards split and close while it is killed',
    kills: 1,
    records: 8000,
    keys: 100,
    shards: 2,
    factor: 2,
    batchSize: 10,
    retries: 2,
    delayMs: 1,
    putWhileRunning: true,
    splitting: true,
  },
  {
    name: 'shards split and close while it is killed, with poison, bisect and a file of discards',
    kills: 1,
    records: 5000,
    keys: 40,
    shards: 2,
    batchSize: 20,
    retries: 1,
    bisect: true,
    delayMs: 1,
    destination: true,
    poison: { every: 300, kinds: ['throw'] },
    putWhileRunning: true,
    splitting: true,
  },
])
