import t from 'tap'
import { testSeed } from '../support/seeded-random.ts'
import { playScenarios } from './scenario.ts'

t.setTimeout(900_000)

playScenarios(t, 'kill', testSeed(), [
  { name: 'nothing fails', kills: 1, records: 12_000, keys: 300, batchSize: 10, retries: 2 },
  {
    name: 'batches of one, put while it runs',
    kills: 1,
    records: 4000,
    keys: 50,
    batchSize: 1,
    retries: 2,
    delayMs: 1,
    putWhileRunning: true,
  },
  {
    name: 'poison, four shards',
    kills: 1,
    records: 20_000,
    keys: 500,
    shards: 4,
    batchSize: 20,
    retries: 2,
    poison: { every: 200, kinds: ['throw'] },
  },
  {
    name: 'bisect, batches of 200',
    kills: 1,
    records: 20_000,
    keys: 500,
    batchSize: 200,
    retries: 1,
    bisect: true,
    delayMs: 20,
    poison: { every: 500, kinds: ['throw'] },
  },
  {
    name: 'partial responses and a file destination',
    kills: 1,
    records: 12_000,
    keys: 200,
    batchSize: 50,
    retries: 1,
    partial: true,
    destination: true,
    poison: { every: 100, kinds: ['throw'] },
  },
  {
    name: 'partial responses with bisect, one lane',
    kills: 1,
    records: 2000,
    keys: 20,
    factor: 1,
    batchSize: 20,
    retries: 0,
    partial: true,
    bisect: true,
    destination: true,
    poison: { every: 30, kinds: ['throw'] },
  },
])
