import type { MappedStream } from '../../actors/mapping/mapping.ts'
import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { MillraceError } from '../../core/errors.ts'
import {
  compareSequenceNumbers,
  type MappingUuid,
  type ShardId,
  type StreamArn,
} from '../../core/ids.ts'
import type { MappingSettings } from '../../core/mapping/settings.ts'
import {
  type Freshness,
  obstacle,
  type RedriveSelection,
  selectForRedrive,
} from '../../core/redrive/redrive-selection.ts'
import type { RedriveStream } from '../../core/redrive/redrive-task.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import type { StreamDescription } from '../../ports/stream-source.ts'
import { redriveUuid } from '../mapping-uuid.ts'
import { parentsAmong } from './newer-records.ts'
import { type CheckedStream, StalenessCheck } from './staleness.ts'

export type PlanParts = {
  readonly store: EngineStore
  readonly clock: Clock
  /** The stream that batches were read from. @throws MillraceError where it is not there, or cannot be reached. */
  findStream(streamArn: StreamArn, settings: MappingSettings): Promise<MappedStream>
}

export type PlannedMapping = { readonly uuid: MappingUuid; readonly settings: MappingSettings }

/** What a redrive of batches of one mapping would send, and from where. */
export type RedrivePlan = RedriveSelection & {
  /** By stream; where its source could not be asked, without a description. */
  readonly descriptions: ReadonlyMap<StreamArn, StreamDescription | undefined>
}

/** Reads what the sources say of the batches since they were given up; sends nothing. */
export async function planRedrive(
  batches: readonly FailedBatchSummary[],
  mapping: PlannedMapping,
  parts: PlanParts & { readonly includeStale: boolean },
): Promise<RedrivePlan> {
  const freshness = new Map<string, Freshness>()
  const descriptions = new Map<StreamArn, StreamDescription | undefined>()
  const possible = batches.filter((batch) => obstacle(batch) === undefined)
  for (const [streamArn, ofStream] of byStream(possible)) {
    const found = await findStream(streamArn, mapping.settings, parts)
    if (found instanceof MillraceError) {
      descriptions.set(streamArn, undefined)
      for (const { id } of ofStream) freshness.set(id, { type: 'unknown', reason: found.message })
      continue
    }
    descriptions.set(streamArn, found.description)
    const { store, clock } = parts
    const { filterPatterns } = mapping.settings
    const check = new StalenessCheck({
      ...found,
      mapping: mapping.uuid,
      filterPatterns,
      store,
      clock,
    })
    for (const [id, judged] of await check.judge(ofStream)) freshness.set(id, judged)
  }
  return { ...selectForRedrive(batches, freshness, parts), descriptions }
}

/** How the streams of a task are read again: fixed when it begins. */
export function redriveStreams(
  { sent, descriptions }: RedrivePlan,
  mapping: MappingUuid,
  task: string,
): readonly RedriveStream[] {
  return Array.from(byStream(sent), ([streamArn, batches]) => {
    const description = descriptions.get(streamArn)
    const { partitionKeyName } = description ?? {}
    return {
      streamArn,
      uuid: redriveUuid(mapping, task, streamArn),
      ...(partitionKeyName === undefined ? {} : { partitionKeyName }),
      parents: parentsAmong(firstOfShards(batches), description?.shards),
      ...(description === undefined ? { isOneLane: true } : {}),
    }
  })
}

async function findStream(
  streamArn: StreamArn,
  settings: MappingSettings,
  parts: PlanParts,
): Promise<CheckedStream | MillraceError> {
  try {
    const stream = await parts.findStream(streamArn, settings)
    return { stream, description: await stream.source.describe() }
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
}

function byStream(
  batches: readonly FailedBatchSummary[],
): ReadonlyMap<StreamArn, readonly FailedBatchSummary[]> {
  const streams = new Map<StreamArn, FailedBatchSummary[]>()
  for (const batch of batches) {
    const { streamArn } = batch.facts
    const ofStream = streams.get(streamArn)
    if (ofStream) ofStream.push(batch)
    else streams.set(streamArn, [batch])
  }
  return streams
}

function firstOfShards(batches: readonly FailedBatchSummary[]) {
  const shards = new Map<ShardId, FailedBatchSummary['facts']>()
  for (const { facts } of batches) {
    const first = shards.get(facts.shardId)
    const { firstSequenceNumber } = facts
    if (!first || compareSequenceNumbers(firstSequenceNumber, first.firstSequenceNumber) < 0)
      shards.set(facts.shardId, facts)
  }
  return Array.from(shards, ([shardId, facts]) => ({
    shardId,
    first: facts.firstSequenceNumber,
  }))
}
