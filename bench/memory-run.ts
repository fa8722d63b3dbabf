/** A process of its own that drains a backlog and samples its memory: `node memory-run.js DIRECTORY RECORDS`. */
import { readFileSync } from 'node:fs'
import { drainWithEngine } from './engine-run.ts'
import { Tally } from './tally.ts'

const SAMPLE_MS = 20
const BATCH_SIZE = 100

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

const [directory = '', recordCount = ''] = process.argv.slice(2)
const tally = Tally.shared()
const samples: MemorySample[] = []
const timer = setInterval(() => samples.push(sample(tally.recordCount)), SAMPLE_MS)
await drainWithEngine({ directory, recordCount: Number(recordCount) }, { batchSize: BATCH_SIZE })
clearInterval(timer)
samples.push(sample(tally.recordCount))
process.stdout.write(JSON.stringify(samples))
