/** A process of its own, in which an engine lives until all is done, or until its handler kills it: `node life-run.js PLAN-FILE`. */
import { readFileSync } from 'node:fs'
import { Engine } from '../../lib/engine/engine.ts'
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'
import { nowNs } from '../audit/handler-log.ts'
import { toConfiguration } from './configuration.ts'
import type { LifePlan, LifeReport } from './life.ts'

const [file = ''] = process.argv.slice(2)
const plan: LifePlan = JSON.parse(readFileSync(file, 'utf8'))
const loadedNs = nowNs()
const configuration = toConfiguration(plan.options)
const failedBatchBytesMax = configuration.engine.failedBatchStoreMaximumBytes
const store = await openLmdbStateStore({ directory: plan.stateDirectory, failedBatchBytesMax })
const engine = await Engine.open(configuration, { store })
const openedNs = nowNs()
await engine.start()
const startedNs = nowNs()
await engine.caughtUp()
const report: LifeReport = {
  loadedNs,
  openedNs,
  startedNs,
  ledger: engine.ledger(),
  failedBatches: store.failedTotals.count,
}
await engine.stop()
process.stdout.write(JSON.stringify(report))
