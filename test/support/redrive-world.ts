import { Slab } from '../../lib/actors/lane-memory/slab.ts'
import { LanePool } from '../../lib/actors/pool/lane-pool.ts'
import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import type { EpochMs, MappingUuid } from '../../lib/core/ids.ts'
import { NO_COUNTS } from '../../lib/core/ledger/ledger.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import type { RedriveTask } from '../../lib/core/redrive/redrive-task.ts'
import { InlineThreads } from '../../lib/engine/inline-threads.ts'
import { redriveUuid } from '../../lib/engine/mapping-uuid.ts'
import { RedriveRun } from '../../lib/engine/redrive/redrive-run.ts'
import { createInlineRuntime } from '../../lib/functions/inline/inline-runtime.ts'
import { createMemoryStateBacking } from '../../lib/state/memory/memory-state-backing.ts'
import { createMemoryStateStore } from '../../lib/state/memory/memory-state-store.ts'
import { DEFAULT_MAPPING } from './rig-settings.ts'
import { seededFraction } from './seeded-random.ts'
import { changeOf, failedBatchOf, MAPPING, STREAM, sequence } from './state-builders.ts'
import { VirtualClock } from './virtual-clock.ts'

/** A record of this world: its number is its sequence number, its key the number modulo the keys. */
type Numbered = { readonly dynamodb: { readonly SequenceNumber: string } }
type Event = { readonly Records: readonly Numbered[] }

const READ_AHEAD = { lane: 1 << 18, shard: 1 << 20, process: 1 << 22 }
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f'

export const numbersOf = ({ Records }: Event): readonly number[] =>
  Records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber))

/** Failed batches in a memory store and redrives of them under virtual time, through crashes. */
export class RedriveWorld {
  readonly clock = new VirtualClock()
  readonly backing = createMemoryStateBacking()
  /** Invocations that ended well, in order. */
  readonly delivered: (readonly number[])[] = []
  /** All invocations. */
  readonly begun: (readonly number[])[] = []
  readonly broken: unknown[] = []
  readonly #keys: number
  readonly #chance: () => number
  /** Whether an invocation of these records fails. */
  fails: (numbers: readonly number[]) => boolean = () => false
  slowMs = 0

  constructor(seed: number, keys: number) {
    this.#keys = keys
    this.#chance = seededFraction(seed)
  }

  keyOf(number: number): number {
    return number % this.#keys
  }

  /** Gives up batches with these records, each in the shard of its first one. */
  async giveUp(batches: readonly (readonly number[])[], shards: number): Promise<void> {
    const store = this.#open()
    const discards = batches.map((numbers) => this.#batchOf(numbers, shards))
    await store.save([changeOf(1, 1, { discards })])
    await store.close()
  }

  /** Ids of the batches that are kept, with their records. */
  kept(): ReadonlyMap<string, readonly number[]> {
    return new Map(
      Array.from(this.backing.failed, ([id, { payload }]) => [id, numbersOf(JSON.parse(payload))]),
    )
  }

  /**
   * One redrive to its end, with a crash after each of these times.
   * @returns its record in the store.
   */
  async redrive(
    ids: readonly string[],
    settings: Partial<MappingSettings>,
    crashesAfterMs: readonly number[],
  ): Promise<RedriveTask> {
    const id = `task-${this.backing.redrives.size}`
    const uuid = redriveUuid(MAPPING as MappingUuid, id, STREAM)
    const first = this.#open()
    await first.beginRedrive(
      {
        id,
        mapping: MAPPING,
        state: 'running',
        createdAt: this.clock.now(),
        streams: [{ streamArn: STREAM, uuid, partitionKeyName: 'id', parents: {} }],
        batchCount: ids.length,
        recordCount: ids.flatMap((one) => this.kept().get(one) ?? []).length,
        counts: NO_COUNTS,
      },
      ids,
    )
    for (const ms of crashesAfterMs) {
      const life = await this.#live(id, settings)
      await this.clock.advance(ms)
      life.crash()
      if (this.#task(id).state !== 'running') return this.#task(id)
    }
    const last = await this.#live(id, settings)
    await this.clock.until(() => this.#task(id).state !== 'running', 3_600_000)
    last.crash()
    return this.#task(id)
  }

  #task(id: string): RedriveTask {
    return this.backing.redrives.get(id)!
  }

  #open() {
    return createMemoryStateStore({ backing: this.backing })
  }

  /** One life of a process, until its crash. */
  async #live(id: string, settings: Partial<MappingSettings>) {
    const clock = this.clock.scope()
    const slab = new Slab(READ_AHEAD.process)
    const store = this.#open()
    const chance = this.#chance
    const random = { fraction: chance, uuid: () => `id-${Math.floor(chance() * 2 ** 40)}` }
    let isAlive = true
    const handler = async (event: unknown) => {
      const numbers = numbersOf(event as Event)
      this.begun.push(numbers)
      const fails = this.fails(numbers)
      await this.clock.after(Math.floor(chance() * this.slowMs))
      if (!isAlive) return new Promise(() => {})
      if (fails) throw new Error('it fails')
      this.delivered.push(numbers)
      return undefined
    }
    const functionSettings = { type: 'inline', handler, timeoutSeconds: 900 } as const
    const identity = {
      functionName: 'f',
      functionArn: FUNCTION_ARN,
      version: '$LATEST',
      logStreamName: 'l',
    }
    const runtime = createInlineRuntime(functionSettings, identity, clock)
    const threads = new InlineThreads({ runtime, timeoutMs: 900_000, clock, random })
    const failed = (error: unknown) => this.broken.push(error)
    const pool = new LanePool({
      slab,
      clock,
      threads,
      timeoutSeconds: 900,
      processors: 1,
      failed,
    })
    await pool.load()
    const run = new RedriveRun({
      task: this.#task(id),
      settings: { ...DEFAULT_MAPPING, ...settings },
      region: 'us-east-1',
      store,
      pool,
      slab,
      readAhead: READ_AHEAD,
      backoff: { baseMs: 20, maximumMs: 200 },
      tumblingGraceMs: 1000,
      functionArn: FUNCTION_ARN,
      clock,
      random,
      report: () => {},
    })
    await run.start()
    return {
      crash() {
        isAlive = false
        clock.drop()
      },
    }
  }

  #batchOf(numbers: readonly number[], shards: number): FailedBatch {
    const Records = numbers.map((number) => ({
      eventID: String(number),
      dynamodb: {
        ApproximateCreationDateTime: 1,
        Keys: { id: { S: `k${this.keyOf(number)}` } },
        SequenceNumber: String(number),
      },
      eventSourceARN: STREAM,
    }))
    return failedBatchOf({
      shardId: `shard-${this.keyOf(numbers[0]!) % shards}` as FailedBatch['shardId'],
      firstSequenceNumber: sequence(numbers[0]!),
      lastSequenceNumber: sequence(numbers.at(-1)!),
      firstArrivedAt: 1 as EpochMs,
      lastArrivedAt: 2 as EpochMs,
      recordCount: numbers.length,
      payload: JSON.stringify({ Records }),
    })
  }
}
