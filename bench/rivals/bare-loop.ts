import { maybeOrdinal } from '../../lib/core/record/embedded-sequence.ts'
import { HandlerLog } from '../audit/handler-log.ts'
import { auditLog, type Drain, timeDrain } from '../audit/run-audit.ts'
import { handler } from '../handlers/logged.ts'
import { type Backlog, type OpenedBacklog, openBacklog } from '../load/backlog.ts'
import type { GeneratedRecord } from '../load/workload.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'

/** What a handler is given. */
export type Event = { readonly Records: readonly GeneratedRecord[] }

/**
 * What one thread can do at best: reads the same segments, decodes them with the same codec, builds the same events
 * and awaits the same handler. No order by key beyond that of the stream, no isolation, no checkpoint.
 * @throws AuditFailure
 */
export async function drainBare(
  backlog: Backlog,
  batchSize: number,
  context: Pick<BenchmarkContext, 'audited'>,
): Promise<Drain> {
  const { recordCount, workload } = backlog
  const log = HandlerLog.create(recordCount)
  await using opened = await openBacklog(backlog)
  const timed = await timeDrain(log, recordCount, () => forEachEvent(opened, batchSize, handler))
  const keyNumberOf = (index: number) => workload.keyNumberOf(index)
  context.audited(await auditLog(log, { name: 'bare loop', recordCount, keyNumberOf }))
  return timed
}

/** The first `count` events of the backlog; all, where it has fewer. */
export async function readEvents(
  backlog: Backlog,
  batchSize: number,
  count: number,
): Promise<readonly Event[]> {
  await using opened = await openBacklog(backlog)
  const events: Event[] = []
  await forEachEvent(opened, batchSize, async (event) => {
    if (events.length < count) events.push(event)
  })
  return events
}

async function forEachEvent(
  { reader, decoder }: OpenedBacklog,
  batchSize: number,
  handle: (event: Event) => Promise<unknown>,
): Promise<void> {
  let records: GeneratedRecord[] = []
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    const { count, bytes, starts, ends, sequenceNumberAt } = result.page
    const first = maybeOrdinal(sequenceNumberAt(0))!
    for (let i = 0; i < count; i++) {
      const record = decoder.decode(bytes, starts[i]!, ends[i]!, first + i)
      // Records of a workload, as they were put.
      records.push(record as unknown as GeneratedRecord)
      if (records.length < batchSize) continue
      await handle({ Records: records })
      records = []
    }
  }
  if (records.length > 0) await handle({ Records: records })
}
