import { createSegmentDecoder } from '../lib/codec/segment/segment-decoder.ts'
import { eventIdPrefix } from '../lib/core/record/embedded-event-id.ts'
import { maybeOrdinal } from '../lib/core/record/embedded-sequence.ts'
import { type Backlog, openStreams, REGION, STREAM_NAME, STREAM_SETTINGS } from './backlog.ts'
import { handler } from './handlers/noop.ts'
import { auditRun, type Drain, prepareRun } from './run-audit.ts'

/**
 * What one thread can do at best: reads the same segments, decodes them with the same codec, builds the same events
 * and awaits the same handler. No order by key, no isolation, no checkpoint.
 */
export async function drainBare(backlog: Backlog, batchSize: number): Promise<Drain> {
  const streams = await openStreams(backlog.directory)
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
  const reader = stream.openReader(shardId, { type: 'trim-horizon' })
  prepareRun(backlog.recordCount)
  const begun = process.hrtime.bigint()
  let records: unknown[] = []
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    const { count, bytes, starts, ends, sequenceNumberAt } = result.page
    const first = maybeOrdinal(sequenceNumberAt(0))!
    for (let i = 0; i < count; i++) {
      records.push(decoder.decode(bytes, starts[i]!, ends[i]!, first + i))
      if (records.length < batchSize) continue
      await handler({ Records: records })
      records = []
    }
  }
  if (records.length > 0) await handler({ Records: records })
  const ended = process.hrtime.bigint()
  await streams.close()
  return auditRun('bare loop', backlog.recordCount, { begun, ended })
}
