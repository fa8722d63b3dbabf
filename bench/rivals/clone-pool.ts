import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { HandlerLog } from '../audit/handler-log.ts'
import { AuditFailure, type Drain, timeDrain } from '../audit/run-audit.ts'
import type { Rival } from '../suite/figure.ts'
import type { Event } from './bare-loop.ts'
import { installedVersion } from './rival.ts'

const THREADS = 2
/** Enough to keep both threads busy; more makes it slower. */
const TASKS_IN_FLIGHT = 10

export const clonePoolFacts = (): Rival => ({
  name: 'clone pool',
  version: `piscina ${installedVersion('piscina')}`,
  started: `in the process of the suite, ${THREADS} threads, ${TASKS_IN_FLIGHT} tasks at a time, the same handler`,
  note: 'It is given events that were read and decoded before: it pays for handing them over and for the handler alone. It keeps no order, no retries and no position.',
})

/**
 * A plain piscina that is given arrays of record objects, as one would begin. The events are handed over again and again:
 * reading and decoding cost it nothing.
 * @param events all of one length, which divides `recordCount`.
 * @throws AuditFailure
 */
export async function drainWithClonePool(
  events: readonly Event[],
  recordCount: number,
): Promise<Drain> {
  const log = HandlerLog.create(recordCount + THREADS * events[0]!.Records.length)
  const pool = new Piscina({
    filename: fileURLToPath(new URL('../handlers/logged.js', import.meta.url)),
    name: 'handler',
    minThreads: THREADS,
    maxThreads: THREADS,
  })
  try {
    await Promise.all(Array.from({ length: THREADS }, () => pool.run(events[0])))
    const warmUp = log.deliveries
    let given = 0
    const feed = async (): Promise<void> => {
      for (let event = events[0]!; given < recordCount; ) {
        event = events[(given / event.Records.length) % events.length]!
        given += event.Records.length
        await pool.run(event)
      }
    }
    const timed = await timeDrain(log, recordCount, async () => {
      await Promise.all(Array.from({ length: TASKS_IN_FLIGHT }, feed))
    })
    if (log.deliveries - warmUp !== recordCount)
      throw new AuditFailure(
        `clone pool: ${log.deliveries - warmUp} of ${recordCount} records came`,
      )
    return timed
  } finally {
    await pool.destroy()
  }
}
