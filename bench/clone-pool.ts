import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { alternate } from './alternate.ts'
import { type Event, readEvents } from './bare-loop.ts'
import { drainWithEngine } from './engine-run.ts'
import { type Benchmark, medianFigure } from './figure.ts'
import { auditDrain, type Drain, prepareDrain } from './run-audit.ts'
import { summarize } from './statistics.ts'
import { momentNow } from './tally.ts'

const BATCH_SIZE = 100
const THREADS = 2
/** Enough to keep both threads busy; more makes it slower. */
const TASKS_IN_FLIGHT = 10
/** Of the backlog: it is slow, and as slow with fewer records. */
const RIVALS_SHARE = 0.2
/** Events that are handed over again and again: reading and decoding cost the rival nothing. */
const EVENTS = 100

/** `versusClonePool`: the engine by a plain piscina that is given arrays of record objects, as one would begin. */
export const clonePool: Benchmark = async (context) => {
  const backlog = await context.backlog()
  const events = await readEvents(backlog, BATCH_SIZE, EVENTS)
  const recordCount = Math.ceil(backlog.recordCount * RIVALS_SHARE)
  const pairs = await alternate(
    context,
    { name: 'engine', run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE }) },
    { name: 'clone pool', run: () => drainWithClonePool(events, recordCount) },
  )
  const versusClonePool = medianFigure(
    summarize(pairs.map(([engine, pool]) => engine.steady / pool.steady)),
    { unit: 'x', bound: { atLeast: 4, aim: 6 } },
    {
      clonePoolRecordsPerSecond: summarize(pairs.map(([, pool]) => pool.steady)),
      clonePoolProcessorUsPerRecord: summarize(pairs.map(([, pool]) => pool.processorUs)),
    },
  )
  return { versusClonePool }
}

async function drainWithClonePool(events: readonly Event[], recordCount: number): Promise<Drain> {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('handlers/noop.js', import.meta.url)),
    name: 'handler',
    minThreads: THREADS,
    maxThreads: THREADS,
  })
  try {
    await Promise.all(Array.from({ length: THREADS }, () => pool.run(events[0])))
    prepareDrain(recordCount)
    const begun = momentNow()
    let given = 0
    const feed = async (): Promise<void> => {
      while (given < recordCount) {
        const event = events[(given / BATCH_SIZE) % events.length]!
        const rest = recordCount - given
        given += BATCH_SIZE
        await pool.run(rest < BATCH_SIZE ? { Records: event.Records.slice(0, rest) } : event)
      }
    }
    await Promise.all(Array.from({ length: TASKS_IN_FLIGHT }, feed))
    return auditDrain('clone pool', recordCount, { begun, ended: momentNow() })
  } finally {
    await pool.destroy()
  }
}
