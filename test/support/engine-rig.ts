import type { Slab } from '../../lib/actors/lane-memory/slab.ts'
import type { MappingActor, MappingEvent } from '../../lib/actors/mapping/mapping.ts'
import type { SupervisorActor } from '../../lib/actors/supervisor.ts'
import type { ShardWindows } from '../../lib/core/checkpoint/shard-state.ts'
import type { FailedBatch } from '../../lib/core/destination/failed-batch.ts'
import type { SequenceNumber, ShardId, StreamArn } from '../../lib/core/ids.ts'
import type { Ledger } from '../../lib/core/ledger/ledger.ts'
import type { MappingState } from '../../lib/core/mapping/mapping-life.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import type { ChildFailure } from '../../lib/core/supervision/decider.ts'
import type { Random } from '../../lib/ports/random.ts'
import { type MemoryRecord, MemorySource } from '../../lib/sources/memory/memory-source.ts'
import { createMemoryStateBacking } from '../../lib/state/memory/memory-state-backing.ts'
import type { HistoryEvent } from './history.ts'
import { checkHistory } from './history-checker.ts'
import type { RigCall, RigOptions } from './rig-options.ts'
import { RigPorts } from './rig-ports.ts'
import { RigRun } from './rig-run.ts'
import { DEFAULT_MAPPING, numbered, numbersOfPayload } from './rig-settings.ts'
import { seededFraction, seededUuid } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

export type { RigCall, RigOptions } from './rig-options.ts'

const RIG_TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/orders'
const RIG_LABEL = '2026-01-01T00:00:00.000'

/**
 * A whole engine on memory implementations under virtual time: one stream, one mapping, one inline function. What
 * `start` builds can be stopped or crashed, and started again over what was saved.
 */
export class EngineRig {
  readonly clock = new VirtualClock()
  source: MemorySource
  /** Streams that the table had before, oldest first (D31). */
  readonly olderSources: MemorySource[] = []
  readonly backing = createMemoryStateBacking()
  readonly history: HistoryEvent[] = []
  readonly calls: RigCall[] = []
  readonly events: MappingEvent[] = []
  readonly escalations: ChildFailure[] = []
  readonly failures: unknown[] = []
  readonly delivered: { readonly id: string; readonly failed: FailedBatch }[] = []
  readonly ports: RigPorts
  settings: MappingSettings
  options: RigOptions
  readonly #random: Random
  #number = 0
  #run: RigRun | undefined

  constructor(options: RigOptions = {}) {
    this.options = options
    this.settings = { ...DEFAULT_MAPPING, ...options.settings }
    const fraction = seededFraction(options.seed ?? 1)
    this.#random = { fraction, uuid: () => seededUuid(fraction) }
    this.source = this.#openSource(RIG_LABEL)
    this.ports = new RigPorts(this, options)
    for (const shard of options.shards ?? ['shard-1']) this.addShard(shard)
  }

  #openSource(label: string): MemorySource {
    return new MemorySource({
      streamArn: `${RIG_TABLE}/stream/${label}` as StreamArn,
      label,
      region: 'us-east-1',
      viewType: 'NEW_AND_OLD_IMAGES',
      partitionKeyName: 'id',
      clock: this.clock,
      pageRecordsMax: this.options.pageRecordsMax ?? 1000,
    })
  }

  /** The table is made again under its name: a new stream, with a shard where one is named; the old one gets no more. For the next start. */
  renewStream(label: string, shard?: string): void {
    this.olderSources.push(this.source)
    this.source = this.#openSource(label)
    if (shard !== undefined) this.addShard(shard)
  }

  /** Numbers of records that are about to be put. */
  nextNumbers(count: number): readonly number[] {
    return Array.from({ length: count }, () => ++this.#number)
  }

  addShard(name: string, parent?: string): void {
    this.source.addShard(name, parent as ShardId | undefined)
    this.history.push({ type: 'shard-added', shard: name, ...(parent ? { parent } : {}) })
  }

  /** Closes a shard that has these children from now on. */
  split(parent: string, children: readonly string[]): void {
    for (const child of children) this.addShard(child, parent)
    this.source.closeShard(parent as ShardId)
  }

  /** Puts a record for each key, numbered on from the last one. @returns their numbers. */
  put(keys: readonly string[], shard = 'shard-1', extraBytes = 0): readonly number[] {
    return this.#put(keys, shard, (number, key) => numbered(number, key, extraBytes))
  }

  /** Puts a record of one key for each stamp, its `ApproximateCreationDateTime` in seconds. */
  putStamped(stamps: readonly number[], shard = 'shard-1'): readonly number[] {
    const keys = stamps.map(() => 'k')
    return this.#put(keys, shard, (number, key, i) => numbered(number, key, 0, stamps[i]!))
  }

  #put(
    keys: readonly string[],
    shard: string,
    recordOf: (number: number, key: string, index: number) => MemoryRecord,
  ): readonly number[] {
    const numbers = this.nextNumbers(keys.length)
    const records = keys.map((key, i) => recordOf(numbers[i]!, key, i))
    const sequence = this.source.put(shard as ShardId, records)
    const put = keys.map((key, i) => ({
      number: numbers[i]!,
      key,
      sequenceNumber: sequence[i]!,
    }))
    this.history.push({ type: 'put', shard, records: put })
    return numbers
  }

  /** Puts `count` records of one key. */
  putMany(count: number, key = 'k', shard = 'shard-1'): readonly number[] {
    return this.put(Array(count).fill(key), shard)
  }

  /** Something happened to the engine: what its ledger says at this moment is kept with it. */
  note(event: HistoryEvent): void {
    this.history.push(event)
    const run = this.#run
    if (run?.alive) this.history.push({ type: 'ledger', ledger: run.mapping.ledger() })
  }

  sequenceNumberOf(number: number): SequenceNumber {
    for (const event of this.history) {
      const found = event.type === 'put' && event.records.find((record) => record.number === number)
      if (found) return found.sequenceNumber as SequenceNumber
    }
    throw new Error(`record ${number} was never put`)
  }

  /** Builds an engine over what was saved, and starts it. @param change settings that are new from now on. */
  async start(change: Partial<MappingSettings> = {}): Promise<void> {
    this.settings = { ...this.settings, ...change }
    this.#noteStart()
    this.#run = new RigRun(this, this.#random)
    await this.#run.start()
    await this.clock.settle()
  }

  #noteStart(): void {
    const { parallelizationFactor: factor, maximumRetryAttempts } = this.settings
    const retriesMax = maximumRetryAttempts === -1 ? Number.POSITIVE_INFINITY : maximumRetryAttempts
    this.history.push({ type: 'started', factor, retriesMax })
  }

  /** Asks for a change of the running mapping. @throws ApiError ResourceInUseException (D38) */
  change(change: Partial<MappingSettings>): void {
    const { program } = this.#run!
    program.update({ request: {}, settings: { ...program.settings, ...change } })
  }

  /** The mapping stands still under these settings: as after a stop, and before a start. */
  changed(settings: MappingSettings): void {
    this.settings = settings
    this.history.push({ type: 'stopped' })
    this.#noteStart()
  }

  get isChanging(): boolean {
    return this.#run!.program.isOnItsWay
  }

  /** The mapping's state as the API tells it. */
  get state(): MappingState {
    return this.#run!.program.state
  }

  async stop(): Promise<void> {
    const run = this.#run!
    let stopped = false
    const stopping = run.stop().then(() => {
      stopped = true
    })
    await this.clock.until(() => stopped || !run.alive, 3_600_000)
    if (!run.alive) return
    await stopping
    run.alive = false
    run.clock.drop()
    this.history.push({ type: 'stopped' })
    this.#run = undefined
  }

  /** The process is gone: of what ran nothing is left but what was saved. */
  crash(): void {
    if (!this.#run?.alive) return
    this.#run.alive = false
    this.#run.clock.drop()
    this.history.push({ type: 'crashed' })
    this.#run = undefined
  }

  get isRunning(): boolean {
    return this.#run !== undefined
  }

  get mapping(): MappingActor {
    return this.#run!.mapping
  }

  get supervisor(): SupervisorActor {
    return this.#run!.supervisor
  }

  get slab(): Slab {
    return this.#run!.slab
  }

  get isCaughtUp(): boolean {
    const run = this.#run
    if (!run || run.program.isOnItsWay) return false
    return run.mapping.isCaughtUp && this.backing.outbox.size === 0
  }

  /** Lets time pass until all is settled and durable. @returns the same rig. */
  async drain(msMax = 600_000): Promise<this> {
    await this.clock.settle()
    this.mapping.pollNow()
    await this.clock.until(() => this.isCaughtUp, msMax)
    return this
  }

  ledger(): Ledger {
    return this.mapping.ledger()
  }

  /** The invocations so far, as `1234, 12, 1`; numbers above 9 are joined by `.`. */
  get trace(): string {
    const separator = this.#number > 9 ? '.' : ''
    return this.calls.map(({ numbers }) => numbers.join(separator)).join(', ')
  }

  /** Batches given up, as `1234 RetryAttemptsExhausted 3`. */
  get discarded(): readonly string[] {
    const separator = this.#number > 9 ? '.' : ''
    return [...this.backing.failed.values()].map(
      ({ payload, condition, approximateInvokeCount }) =>
        `${numbersOfPayload(payload).join(separator)} ${condition} ${approximateInvokeCount}`,
    )
  }

  /** Windows of a shard as they are stored. */
  windowsOf(shard = 'shard-1'): ShardWindows | undefined {
    for (const { address, state } of this.backing.shards.values())
      if (address.shardId === shard) return state.windows
    return undefined
  }

  /** What broke an invariant, in words. */
  violations({ drained = true } = {}): readonly string[] {
    const broken = this.failures.map((failure) => `broken: ${String(failure)}`)
    return [...broken, ...checkHistory(this.history, { drained })]
  }
}
