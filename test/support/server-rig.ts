import type { Test } from 'tap'
import type { ShardId, StreamArn } from '../../lib/core/ids.ts'
import type { StreamSource } from '../../lib/ports/stream-source.ts'
import { createDynamoDbStreamSource } from '../../lib/sources/dynamodb-streams/dynamodb-stream-source.ts'
import type { MemorySource } from '../../lib/sources/memory/memory-source.ts'
import { EngineRig, type RigOptions } from './engine-rig.ts'
import { numbered } from './rig-settings.ts'
import { type FakeShard, ScriptedStreams } from './scripted-streams.ts'

const HOUR_MS = 3_600_000

export type ServerRigOptions = Omit<RigOptions, 'shards' | 'pace' | 'readable'>

/** A scripted server of DynamoDB Streams, and an engine that reads it through the real source, in its own time. */
export class RigServer {
  readonly rig: EngineRig
  script = new ScriptedStreams()
  readonly #scripts = new Map<MemorySource, ScriptedStreams>()
  #shards = 0
  #sequence = 0

  constructor(options: ServerRigOptions = {}) {
    const readable = (source: MemorySource) => this.#readable(source)
    this.rig = new EngineRig({ ...options, shards: [], pace: 'remote', readable })
    this.#scripts.set(this.rig.source, this.script)
    this.script.keySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]
  }

  /** The table is made again: a stream with another label, no shards; the old one is disabled, its shards closed. */
  renew(label: string): void {
    const old = this.script
    old.status = 'DISABLED'
    for (const each of old.shards) each.isClosed = true
    this.script = new ScriptedStreams()
    this.script.keySchema = old.keySchema
    this.script.streamArn = old.streamArn.replace(/[^/]*$/, label)
    this.rig.renewStream(label)
    this.#scripts.set(this.rig.source, this.script)
  }

  /** Opens a shard with an id of the form of AWS's, which tells the time. */
  open(parent?: string): ShardId {
    const time = String(this.rig.clock.now()).padStart(20, '0')
    const shardId = `shardId-${time}-${(++this.#shards).toString(16).padStart(8, '0')}` as ShardId
    this.script.shards.push({ shardId, records: [], ...(parent ? { parentShardId: parent } : {}) })
    this.rig.history.push({ type: 'shard-added', shard: shardId, ...(parent ? { parent } : {}) })
    return shardId
  }

  /** Closes a shard; its one child has a record for each of these keys. @returns the child. */
  rotate(shardId: string, keys: readonly string[]): string {
    const [child] = this.close(shardId, 1)
    this.put(keys, child!)
    return child!
  }

  /** Closes a shard and opens so many children. @returns their ids. */
  close(shardId: string, children: number): readonly ShardId[] {
    const opened = Array.from({ length: children }, () => this.open(shardId))
    this.shard(shardId).isClosed = true
    return opened
  }

  shard(shardId: string): FakeShard {
    const shards = [...this.#scripts.values()].flatMap((script) => script.shards)
    return shards.find((shard) => shard.shardId === shardId)!
  }

  /** Puts a record for each key, numbered on from the last one. */
  put(keys: readonly string[], shardId: string): void {
    const { clock, history } = this.rig
    const numbers = this.rig.nextNumbers(keys.length)
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
          ApproximateCreationDateTime: Math.floor(clock.now() / 1000),
          ...dynamodb,
          SequenceNumber: sequenceNumber.padStart(21, '0'),
          SizeBytes: 30,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      })
    }
    history.push({ type: 'put', shard: shardId, records: put })
  }

  /** Lets hours pass but for the last seconds at once: idle readers would poll through all of them. */
  async passHours(hours: number): Promise<void> {
    this.rig.clock.jump(hours * HOUR_MS - 2000)
    await this.rig.clock.advance(2000)
  }

  #readable(source: MemorySource): StreamSource {
    const script = this.#scripts.get(source)!
    const streamArn = script.streamArn as StreamArn
    return createDynamoDbStreamSource({ client: script.client(), streamArn })
  }
}

/** A running engine over a server with one open shard. */
export async function startServerRig(options: ServerRigOptions = {}) {
  const server = new RigServer(options)
  const { rig } = server
  const first = server.open()
  await rig.start()
  return { rig, server, first }
}

/** Lets the engine come to the end of everything, and stops it. @returns what it delivered, in that order. */
export async function drained(t: Test, rig: EngineRig): Promise<readonly number[]> {
  await rig.drain()
  t.same(rig.violations(), [])
  await rig.stop()
  return rig.calls.flatMap(({ numbers }) => numbers)
}
