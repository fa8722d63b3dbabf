import type { Test } from 'tap'
import type { ShardId, StreamArn } from '../../lib/core/ids.ts'
import type { StreamSource } from '../../lib/ports/stream-source.ts'
import { createDynamoDbStreamSource } from '../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import type { MemorySource } from '../../lib/sources/memory/memory-source.ts'
import { EngineRig, type RigOptions } from './engine-rig.ts'
import { numbered } from './rig-settings.ts'
import { type FakeShard, ScriptedStreams } from './scripted-streams.ts'

const HOUR_MS = 3_600_000

export type ServerRigOptions = Omit<RigOptions, 'shards' | 'pace'>

/** An {@link EngineRig} that reads a scripted server of DynamoDB Streams through the real source, in its own time. */
export class ServerRig extends EngineRig {
  server = new ScriptedStreams()
  readonly #servers = new Map([[this.source, this.server]])
  #shards = 0
  #sequence = 0

  constructor(options: ServerRigOptions = {}) {
    super({ ...options, shards: [], pace: 'remote' })
    this.server.keySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]
  }

  override readable(source: MemorySource): StreamSource {
    const server = this.#servers.get(source)!
    const streamArn = server.streamArn as StreamArn
    return createDynamoDbStreamSource({ client: server.client(), streamArn })
  }

  /** The table is made again: a stream with another label and one shard; the old one is disabled, its shards closed. */
  override renewStream(label: string, shard: string): void {
    const old = this.server
    old.status = 'DISABLED'
    for (const each of old.shards) each.isClosed = true
    this.server = new ScriptedStreams()
    this.server.keySchema = old.keySchema
    this.server.streamArn = old.streamArn.replace(/[^/]*$/, label)
    super.renewStream(label, shard)
    this.#servers.set(this.source, this.server)
  }

  /** Opens a shard with an id of the form of AWS's, which tells the time. */
  open(parent?: string): ShardId {
    const time = String(this.clock.now()).padStart(20, '0')
    const shardId = `shardId-${time}-${(++this.#shards).toString(16).padStart(8, '0')}` as ShardId
    this.addShard(shardId, parent)
    return shardId
  }

  override addShard(name: string, parent?: string): void {
    this.server.shards.push({
      shardId: name,
      records: [],
      ...(parent === undefined ? {} : { parentShardId: parent }),
    })
    this.history.push({ type: 'shard-added', shard: name, ...(parent ? { parent } : {}) })
  }

  /** Closes a shard and opens so many children. @returns their ids. */
  close(shardId: string, children: number): readonly ShardId[] {
    const opened = Array.from({ length: children }, () => this.open(shardId))
    this.shard(shardId).isClosed = true
    return opened
  }

  shard(shardId: string): FakeShard {
    const shards = [...this.#servers.values(), this.server].flatMap((server) => server.shards)
    return shards.find((shard) => shard.shardId === shardId)!
  }

  override put(keys: readonly string[], shardId: string): readonly number[] {
    const numbers = this.nextNumbers(keys.length)
    const put = keys.map((key, i) => ({
      number: numbers[i]!,
      key,
      sequenceNumber: String(1_000_000 + ++this.#sequence),
    }))
    for (const { number, key, sequenceNumber } of put) {
      const { eventName, dynamodb } = numbered(number, key)
      this.shard(shardId).records.push({
        eventID: `event-${number}`,
        eventName,
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-1',
        dynamodb: {
          ApproximateCreationDateTime: Math.floor(this.clock.now() / 1000),
          ...dynamodb,
          SequenceNumber: sequenceNumber.padStart(21, '0'),
          SizeBytes: 30,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      })
    }
    this.history.push({ type: 'put', shard: shardId, records: put })
    return numbers
  }

  /** Lets hours pass but for the last seconds at once: idle readers would poll through all of them. */
  async passHours(hours: number): Promise<void> {
    this.clock.jump(hours * HOUR_MS - 2000)
    await this.clock.advance(2000)
  }
}

/** A running engine over a server with one open shard. */
export async function startServerRig(
  options: ServerRigOptions = {},
): Promise<{ readonly rig: ServerRig; readonly first: ShardId }> {
  const rig = new ServerRig(options)
  const first = rig.open()
  await rig.start()
  return { rig, first }
}

/** Lets the engine come to the end of everything, and stops it. @returns what it delivered, in that order. */
export async function drained(t: Test, rig: ServerRig): Promise<readonly number[]> {
  await rig.drain()
  t.same(rig.violations(), [])
  await rig.stop()
  return rig.calls.flatMap(({ numbers }) => numbers)
}
