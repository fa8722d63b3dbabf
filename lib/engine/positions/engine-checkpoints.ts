import { movedTo } from '../../core/checkpoint/position-change.ts'
import {
  type MappingPositions,
  POSITION_FORMAT,
  POSITION_VERSION,
  type PositionFile,
  parsePositions,
} from '../../core/checkpoint/position-file.ts'
import { shardKey } from '../../core/checkpoint/shard-key.ts'
import type { ShardStart, ShardState } from '../../core/checkpoint/shard-state.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid, ShardId, StreamArn } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import type { MappingRecord, ShardAddress } from '../../ports/state-store.ts'
import {
  type PlannedStream,
  previewShard,
  type ShardChange,
  type ShardPreview,
} from './position-plan.ts'
import { latestStart, parseTarget } from './position-target.ts'

export type { MappingPositions, PositionFile, ShardPreview }

export type CheckpointsParts = {
  readonly store: EngineStore
  readonly clock: Clock
  expectOpen(operation: string): void
  /** The mapping reads now. */
  isRunning(mapping: MappingUuid): boolean
  /** A stream that a mapping has read. @throws MillraceError where it is gone, or cannot be reached. */
  findStream(streamArn: StreamArn): Promise<PlannedStream['stream']>
}

/** A change of positions that was looked at and not made. */
export type PositionPlan = {
  readonly shards: readonly ShardPreview[]
  /** Makes the change, in one transaction. Resolves when on disk. @throws MillraceError MILLRACE_POSITION_REFUSED */
  apply(): Promise<void>
}

/** How far mappings have read their shards: looked at, moved, taken along. @source contract §2; docs/decisions/0010 */
export class EngineCheckpoints {
  readonly #parts: CheckpointsParts

  /** @internal */
  constructor(parts: CheckpointsParts) {
    this.#parts = parts
  }

  /** Positions of mappings that have run on this data. @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
  export(mappings: readonly string[]): PositionFile {
    this.#parts.expectOpen('export positions')
    return positionsOf(
      mappings.map((uuid) => this.#record(uuid)),
      this.#parts.store,
    )
  }

  /**
   * Reading goes on behind a record: what is not settled up to it will never be delivered, what was settled behind it
   * is delivered again.
   * @throws MillraceError MILLRACE_POSITION_REFUSED, MILLRACE_MAPPING_UNKNOWN, MILLRACE_SHARD_UNKNOWN
   */
  async set(mapping: string, shardId: string, sequenceNumber: string): Promise<PositionPlan> {
    const record = this.#stopped(mapping)
    const { address, planned } = await this.#shard(record, shardId as ShardId)
    const target = parseTarget(sequenceNumber, shardId as ShardId, planned)
    if ('refused' in target) throw refused(`${mapping}, ${shardId}`, target.refused)
    const from = this.#stateOf(address)
    return this.#plan([{ address, from, to: movedTo(from, target) }], [])
  }

  /**
   * Reading begins again at the oldest record, or at what is put from now on.
   * @param shardId Only this one; else all of the mapping.
   * @throws MillraceError as {@link set}
   */
  async reset(
    mapping: string,
    to: 'trim-horizon' | 'latest',
    shardId?: string,
  ): Promise<PositionPlan> {
    const record = this.#stopped(mapping)
    const places =
      shardId === undefined
        ? await this.#shards(record, to)
        : [await this.#shard(record, shardId as ShardId)]
    const { clock } = this.#parts
    const changes = places.map(({ address, planned }) => {
      const start: ShardStart =
        to === 'latest' ? latestStart(address.shardId, planned, clock.now()) : { type: to }
      const from = this.#stateOf(address)
      return { address, from, to: movedTo(from, start) }
    })
    // Nothing comes behind the end of a shard that is read to its end.
    const moved = to === 'latest' ? changes.filter(({ from }) => !from?.finished) : changes
    return this.#plan(moved, [])
  }

  /**
   * Takes positions over from a file that {@link export} wrote, here or elsewhere. Shards that it does not name stay.
   * @throws MillraceError MILLRACE_POSITION_REFUSED
   */
  async import(value: unknown): Promise<PositionPlan> {
    this.#parts.expectOpen('import positions')
    const parsed = parsePositions(value)
    if (parsed.type === 'refused')
      throw refused('the file', `${parsed.path} must be ${parsed.expected}`)
    const { store } = this.#parts
    const changes: ShardChange[] = []
    const records: MappingRecord[] = []
    for (const { uuid, createdAt, streams, shards } of parsed.file.mappings) {
      this.#refuseRunning(uuid)
      if (!store.loadMapping(uuid)) records.push({ uuid, createdAt, streams })
      for (const { state, ...place } of shards) {
        const address = { mapping: uuid, ...place }
        const from = this.#stateOf(address)
        // The ledger says what was settled here: it is not the file's to change.
        changes.push({ address, from, to: from ? { ...state, counts: from.counts } : state })
      }
    }
    return this.#plan(changes, records)
  }

  async #plan(
    changes: readonly ShardChange[],
    records: readonly MappingRecord[],
  ): Promise<PositionPlan> {
    const { store, clock } = this.#parts
    const streams = new Map<StreamArn, PlannedStream | undefined>()
    const shards: ShardPreview[] = []
    for (const change of changes) {
      const { mapping, streamArn } = change.address
      if (!streams.has(streamArn)) streams.set(streamArn, await this.#maybeStream(streamArn))
      const read = new Set(
        Array.from(store.loadShards(mapping).values(), ({ address }) => address.shardId),
      )
      shards.push(await previewShard(change, streams.get(streamArn), { clock, read }))
    }
    const apply = async () => {
      this.#parts.expectOpen('change positions')
      for (const { address, from } of changes) {
        this.#refuseRunning(address.mapping)
        const isSame = JSON.stringify(this.#stateOf(address)) === JSON.stringify(from)
        if (!isSame) throw refused(address.shardId, 'it moved since the preview')
      }
      await store.savePositions(
        changes.map(({ address, to: state }) => ({ address, state })),
        records,
      )
    }
    return { shards, apply }
  }

  /** The record of a mapping that does not read now. */
  #stopped(mapping: string): MappingRecord {
    this.#parts.expectOpen('change positions')
    const record = this.#record(mapping)
    this.#refuseRunning(record.uuid)
    return record
  }

  #refuseRunning(mapping: MappingUuid): void {
    if (!this.#parts.isRunning(mapping)) return
    throw refused(mapping, 'it runs, and moves its positions itself: stop the engine first')
  }

  #record(uuid: string): MappingRecord {
    const record = this.#parts.store.loadMapping(uuid as MappingUuid)
    if (record) return record
    throw MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping: uuid, known: KNOWN_WHERE })
  }

  #stateOf(address: ShardAddress): ShardState | undefined {
    return this.#parts.store.loadShards(address.mapping).get(shardKey(address))?.state
  }

  /** A shard that the mapping has read, or its latest stream lists. */
  async #shard(record: MappingRecord, shardId: ShardId): Promise<Place> {
    const { uuid: mapping, streams } = record
    const stored = [...this.#parts.store.loadShards(mapping).values()]
    for (const { streamArn, label } of [...streams].reverse()) {
      const planned = await this.#maybeStream(streamArn)
      const isListed =
        planned?.description.label === label &&
        planned.description.shards.some((shard) => shard.shardId === shardId)
      const address = { mapping, streamArn, label, shardId }
      const isStored = stored.some((one) => shardKey(one.address) === shardKey(address))
      if (isListed || isStored) return { address, planned }
    }
    const stream = streams.map(({ streamArn }) => streamArn).join(', ')
    throw MillraceError.of('MILLRACE_SHARD_UNKNOWN', { shard: shardId, stream })
  }

  /** All shards that have a position; for `latest` those too that were not begun. */
  async #shards(record: MappingRecord, to: 'trim-horizon' | 'latest'): Promise<readonly Place[]> {
    const { uuid: mapping, streams } = record
    const places = new Map<string, Place>()
    for (const { streamArn, label } of streams) {
      const planned = await this.#maybeStream(streamArn)
      const add = (address: ShardAddress) => places.set(shardKey(address), { address, planned })
      for (const { address } of this.#parts.store.loadShards(mapping).values())
        if (address.streamArn === streamArn && address.label === label) add(address)
      if (to === 'latest' && planned?.description.label === label)
        for (const { shardId } of planned.description.shards)
          add({ mapping, streamArn, label, shardId })
    }
    return [...places.values()]
  }

  async #maybeStream(streamArn: StreamArn): Promise<PlannedStream | undefined> {
    try {
      const stream = await this.#parts.findStream(streamArn)
      return { stream, description: await stream.source.describe() }
    } catch (error) {
      if (error instanceof MillraceError) return undefined
      throw error
    }
  }
}

type Place = { readonly address: ShardAddress; readonly planned: PlannedStream | undefined }

const KNOWN_WHERE = 'those of millrace checkpoint show'

/** The positions of these mappings, as a file holds them. */
export function positionsOf(
  records: readonly MappingRecord[],
  store: Pick<EngineStore, 'loadShards'>,
): PositionFile {
  const mappings = records.map(({ uuid, createdAt, streams }) => ({
    uuid,
    createdAt,
    streams,
    shards: Array.from(store.loadShards(uuid).values(), ({ address, state }) => {
      const { streamArn, label, shardId } = address
      return { streamArn, label, shardId, state }
    }).sort((a, b) => (a.shardId < b.shardId ? -1 : 1)),
  }))
  return { format: POSITION_FORMAT, version: POSITION_VERSION, mappings }
}

function refused(what: string, reason: string): MillraceError {
  return MillraceError.of('MILLRACE_POSITION_REFUSED', { what, reason })
}
