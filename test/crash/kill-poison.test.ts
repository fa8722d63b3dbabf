import t from 'tap'
import { testSeed } from '../support/seeded-random.ts'
import { playScenarios } from './scenario.ts'

t.setTimeout(900_000)

playScenarios(t, 'kill-poison', testSeed(), [
  {
    name: 'handlers that end their thread',
    kills: 1,
    records: 6000,
    keys: 200,
    batchSize: 10,
    retries: 2,
    poison: { every: 300, kinds: ['exit', 'late'] },
  },
  {
    name: 'a handler that kills the process',
    kills: 1,
    records: 3000,
    keys: 100,
    batchSize: 10,
    retries: 1,
    poison: { every: 1000, kinds: ['kill'] },
  },
  {
    name: 'a handler that kills the process, split until it is alone',
    kills: 1,
    records: 1000,
    keys: 50,
    factor: 4,
    batchSize: 8,
    retries: 0,
    bisect: true,
    destination: true,
    poison: { every: 500, kinds: ['kill'] },
  },
  {
    name: 'timeouts and blocked threads, four shards',
    kills: 1,
    records: 4000,
    keys: 200,
    shards: 4,
    factor: 2,
    batchSize: 25,
    retries: 1,
    poison: { every: 1000, kinds: ['hang', 'block'] },
  },
  {
    name: 'several invocations in one environment',
    kills: 1,
    records: 6000,
    keys: 200,
    batchSize: 10,
    retries: 1,
    concurrency: 4,
    poison: { every: 600, kinds: ['throw', 'exit'] },
  },
])
