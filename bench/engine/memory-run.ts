/** A process of its own that drains a backlog and samples its memory: `node memory-run.js PLAN`. It prints a {@link MemoryRun}. */
import type { Findings } from '../audit/check-log.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { Workload } from '../load/workload.ts'
import { type ProcessMemory, readProcessMemory } from '../measure/process-memory.ts'
import { drainWithEngine } from './drain.ts'

const SAMPLE_MS = 20
const BATCH_SIZE = 100

/** What the process is told. */
export type MemoryPlan = {
  readonly directory: string
  readonly recordCount: number
  readonly seed: number
}

export type MemorySample = ProcessMemory & {
  /** Handled until then. */
  readonly records: number
}

/** What it prints. */
export type MemoryRun = { readonly samples: readonly MemorySample[]; readonly findings: Findings }

const { directory, recordCount, seed } = JSON.parse(process.argv[2]!) as MemoryPlan
const workload = new Workload({ seed })
const samples: MemorySample[] = []
let findings: Findings | undefined
const timer = setInterval(() => {
  samples.push({ records: HandlerLog.current().deliveries, ...readProcessMemory()! })
}, SAMPLE_MS)
await drainWithEngine(
  { directory, recordCount, workload },
  { batchSize: BATCH_SIZE },
  {
    audited: (found) => {
      findings = found
    },
  },
)
clearInterval(timer)
process.stdout.write(JSON.stringify({ samples, findings }))
