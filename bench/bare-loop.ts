import { createSegmentDecoder } from '../lib/codec/segment/segment-decoder.ts'
import { eventIdPrefix } from '../lib/core/record/embedded-event-id.ts'
import { maybeOrdinal } from '../lib/core/record/embedded-sequence.ts'
import { type Backlog, openStreams, STREAM_SETTINGS } from './backlog.ts'
import { REGION, STREAM_NAME } from './configuration.ts'
import { handler } from './handlers/noop.ts'
import { auditDrain, type Drain, prepareDrain } from './run-audit.ts'
import { momentNow } from './tally.ts'

/** What a handler is given. */
export type Event = { readonly Records: readonly unknown[] }

/**
 * What one thread can do at best: reads the same segments, decodes them with the same codec, builds the same events
 * and awaits the same handler. No order by key, no isolation, no checkpoint.
 * @throws AuditFailure
 */
export async function drainBare(backlog: Backlog, batchSize: number): Promise<Drain> {
  prepareDrain(backlog.recordCount)
  const opened = await open(backlog)
  const begun = momentNow()
  await loop(opened, batchSize, handler)
  const ended = momentNow()
  await opened.streams.close()
  return auditDrain('bare loop', backlog.recordCount, { begun, ended })
}

/** The first `count` events of the backlog; all, where it has fewer. */
export async function readEvents(
  backlog: Backlog,
  batchSize: number,
  count: number,
): Promise<readonly Event[]> {
  const opened = await open(backlog)
  const events: Event[] = []
  await loop(opened, batchSize, async (event) => {
    if (events.length < count) events.push(event)
  })
  await opened.streams.close()
  return events
}

async function open({ directory }: Backlog) {
  const streams = await openStreams(directory)
  const source = streams.source(STREAM_NAME)
  const stream = streams.stream(STREAM_NAME)
  const { shardId } = stream.shards[0]!.facts
  const { streamArn } = stream.place
  const decoder = createSegmentDecoder({
    structures: source.structures(),
    streamArn,
    region: REGION,
    viewType: STREAM_SETTINGS.streamViewType,
    eventIdPrefix: eventIdPrefix(streamArn, shardId),
  })
  return { streams, decoder, reader: stream.openReader(shardId, { type: 'trim-horizon' }) }
}

async function loop(
  { decoder, reader }: Pick<Awaited<ReturnType<typeof open>>, 'decoder' | 'reader'>,
  batchSize: number,
  handle: (event: Event) => Promise<void>,
): Promise<void> {
  let records: unknown[] = []
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    const { count, bytes, starts, ends, sequenceNumberAt } = result.page
    const first = maybeOrdinal(sequenceNumberAt(0))!
    for (let i = 0; i < count; i++) {
      records.push(decoder.decode(bytes, starts[i]!, ends[i]!, first + i))
      if (records.length < batchSize) continue
      await handle({ Records: records })
      records = []
    }
  }
  if (records.length > 0) await handle({ Records: records })
}
