/** A process of its own that drains a backlog and samples its memory: `node memory-run.js PLAN`. It prints a {@link MemoryRun}. */
import { readFileSync } from 'node:fs'
import type { Findings } from '../audit/check-log.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { Workload } from '../load/workload.ts'
import { drainWithEngine } from './drain.ts'

const SAMPLE_MS = 20
const BATCH_SIZE = 100

/** What the process is told. */
export type MemoryPlan = {
  readonly directory: string
  readonly recordCount: number
  readonly seed: number
}

/** @unit bytes */
export type MemorySample = {
  /** Handled until then. */
  readonly records: number
  /** Without the mapped file: RssAnon. */
  readonly anonymous: number
  /** With the mapped file: VmRSS. */
  readonly resident: number
}

function sample(records: number): MemorySample {
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytesOf = (name: string): number => {
    const [, kilobytes] = status.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm')) ?? []
    return Number(kilobytes) * 1024
  }
  return { records, anonymous: bytesOf('RssAnon'), resident: bytesOf('VmRSS') }
}

/** What it prints. */
export type MemoryRun = { readonly samples: readonly MemorySample[]; readonly findings: Findings }

const { directory, recordCount, seed } = JSON.parse(process.argv[2]!) as MemoryPlan
const workload = new Workload({ seed })
const samples: MemorySample[] = []
let findings: Findings | undefined
const timer = setInterval(() => samples.push(sample(HandlerLog.current().deliveries)), SAMPLE_MS)
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
