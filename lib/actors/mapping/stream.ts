import type { ShardStart, ShardState } from '../../core/checkpoint/shard-state.ts'
import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, ShardId } from '../../core/ids.ts'
import { InvariantError, unreachable } from '../../core/invariant.ts'
import { laneRules } from '../../core/lane/lane-rules.ts'
import { addCounts, type LedgerCounts, NO_COUNTS } from '../../core/ledger/ledger.ts'
import { planLineage } from '../../core/shard/lineage.ts'
import type { ChildFailure } from '../../core/supervision/decider.ts'
import { DEFAULT_RESTART_RULES } from '../../core/supervision/restart-intensity.ts'
import { type SupervisionState, stepOneForOne } from '../../core/supervision/strategy.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { ShardAddress } from '../../ports/state-store.ts'
import type { SourceFailure, StreamDescription } from '../../ports/stream-source.ts'
import { Mailbox } from '../mailbox.ts'
import { PollerActor, type PollerParent } from '../poller/poller.ts'
import { type LaneReport, reportLanes } from './lane-report.ts'
import type { MappedStream, MappingParts } from './mapping-parts.ts'

/** How often the shards are listed anew, when none ended meanwhile. @unit ms */
const DISCOVERY_MS = 10_000
/** The same after a failed listing. @unit ms */
const DISCOVERY_AGAIN_MS = 1000

type Message =
  | { readonly type: 'poller-failed'; readonly poller: PollerActor; readonly error: unknown }
  | { readonly type: 'shard-finished'; readonly poller: PollerActor }
  | { readonly type: 'poller-stopped'; readonly shardId: ShardId; readonly failure: ChildFailure }
  | { readonly type: 'restart-due'; readonly shardId: ShardId }
  | { readonly type: 'discovery-due' }
  | { readonly type: 'described'; readonly description: StreamDescription }

/** What a stream actor tells the mapping actor that started it. */
export interface StreamParent {
  /** All shards of a stream that gets no more records are settled and durable. */
  streamFinished(stream: StreamActor): void
  readFailed(failure: SourceFailure): void
  readSucceeded(): void
  invoked(error: FunctionError | undefined): void
  /** What keeps part of the stream from being read, in a sentence (D39). */
  hasProblem(reason: string): void
}

/** The mapping's parts, and the stream of them that is read. */
export type StreamParts = Omit<MappingParts, 'stream' | 'olderStreams'> & {
  readonly stream: MappedStream
  /** When the mapping was created: T0 of D21. */
  readonly createdAt: EpochMs
  readonly description: StreamDescription
  readonly parent: StreamParent
}

/** Reads all shards of one stream for one mapping: discovery, lineage, a poller for each open shard. */
export class StreamActor implements PollerParent {
  readonly parts: StreamParts
  readonly #mailbox: Mailbox<Message>
  readonly #pollers = new Map<ShardId, PollerActor>()
  readonly #states = new Map<ShardId, ShardState>()
  #description: StreamDescription
  #supervision: SupervisionState = new Map()
  #takeBackDiscovery: (() => void) | undefined
  readonly #takeBackRestarts = new Map<ShardId, () => void>()
  /** The shards have not been listed since someone asked whether all is caught up (D23). */
  #isLineageOld = false
  #stopping = false
  #stop: Promise<void> | undefined

  constructor(parts: StreamParts) {
    this.parts = parts
    this.#description = parts.description
    this.#mailbox = new Mailbox<Message>({
      receive: (message) => this.#receive(message),
      failed: (error) => this.#escalate(error),
      soon: (due) => parts.clock.soon(due),
    })
  }

  get pollers(): ReadonlyMap<ShardId, PollerActor> {
    return this.#pollers
  }

  /** Takes over what the store says of this stream. */
  restore(): void {
    const { streamArn, label } = this.#description
    const { store, uuid } = this.parts
    for (const { address, state } of store.loadShards(uuid).values()) {
      // Another label is another stream: its positions mean nothing here (design §4).
      if (address.streamArn === streamArn && address.label === label)
        this.#states.set(address.shardId, state)
    }
  }

  /** D21: where a new mapping begins does not depend on when its first read happens. */
  async fixStart(): Promise<void> {
    const { settings, stream, store } = this.parts
    if (settings.startingPosition !== 'LATEST' || !stream.latest) return
    const changes = this.#description.shards.map(({ shardId }) => {
      const sequenceNumber = stream.latest!(shardId)
      const start: ShardStart = sequenceNumber
        ? { type: 'after', sequenceNumber }
        : { type: 'trim-horizon' }
      const state = newState(start)
      this.#states.set(shardId, state)
      return { address: this.#address(shardId), state, discards: [] }
    })
    await store.save(changes)
  }

  start(): void {
    this.#openShards()
    this.#discoverLater(DISCOVERY_MS)
    if (this.isFinished) this.parts.parent.streamFinished(this)
  }

  /** Lets running invocations end, starts nothing new; resolves when all positions are durable. */
  stop(): Promise<void> {
    this.#stop ??= this.#stopAll()
    return this.#stop
  }

  async #stopAll(): Promise<void> {
    this.#stopping = true
    this.#takeBackDiscovery?.()
    for (const takeBack of this.#takeBackRestarts.values()) takeBack()
    await Promise.all([...this.#pollers.values()].map((poller) => poller.stop()))
    this.#mailbox.close()
  }

  /** Settled records of this stream, by outcome. */
  counts(): LedgerCounts {
    let counts = NO_COUNTS
    for (const [shardId, state] of this.#states) {
      counts = addCounts(counts, this.#pollers.get(shardId)?.counts() ?? state.counts)
    }
    return counts
  }

  get inFlight(): number {
    let inFlight = 0
    for (const poller of this.#pollers.values()) inFlight += poller.ledger().inFlight
    return inFlight
  }

  /** Lanes that hold something, or lag behind. */
  laneReports(): readonly LaneReport[] {
    const now = this.parts.clock.now()
    return [...this.#pollers].flatMap(([shardId, { lanes }]) => reportLanes(shardId, lanes, now))
  }

  /** D23, as of now: everything that the source has shown is settled and durable. */
  get isCaughtUp(): boolean {
    const { emptyReadsAtTip } = this.parts.stream
    if (this.#isLineageOld) return false
    for (const poller of this.#pollers.values()) {
      if (poller.emptyReads < emptyReadsAtTip || !poller.isDrained || !poller.isSaved) return false
      if (poller.isWindowDue) return false
    }
    return this.#allShardsKnown
  }

  get #allShardsKnown(): boolean {
    const plan = this.#plan()
    return plan.type === 'plan' && plan.ready.length === 0 && plan.waiting.length === 0
  }

  /** Every shard was read to its end, as far as the source shows one: some never close those of a disabled stream. */
  get isFinished(): boolean {
    if (this.#description.status === 'DISABLED') return this.isCaughtUp
    return this.#pollers.size === 0 && this.#allShardsKnown
  }

  /** Asks the source again, so that {@link isCaughtUp} speaks of what is there now. */
  pollNow(): void {
    this.#isLineageOld = true
    this.#mailbox.tell({ type: 'discovery-due' })
    for (const poller of this.#pollers.values()) poller.pollNow()
  }

  // --- PollerParent: facts from children, handled one at a time ------------------------------------------------

  shardFinished(poller: PollerActor): void {
    this.#mailbox.tell({ type: 'shard-finished', poller })
  }

  pollerFailed(poller: PollerActor, error: unknown): void {
    this.#mailbox.tell({ type: 'poller-failed', poller, error })
  }

  readFailed(poller: PollerActor, failure: SourceFailure): void {
    this.parts.parent.readFailed(failure)
    const { shardId } = poller.parts.address
    this.parts.report({ type: 'source-failed', mapping: this.parts.uuid, shardId, failure })
  }

  readSucceeded(_poller: PollerActor): void {
    this.parts.parent.readSucceeded()
  }

  invoked(poller: PollerActor, error: FunctionError | undefined): void {
    // What ends after a save failed runs again: it must not hide that problem (D39).
    if (!poller.isLost) this.parts.parent.invoked(error)
    if (!error) return
    const { shardId } = poller.parts.address
    this.parts.report({ type: 'attempt-failed', mapping: this.parts.uuid, shardId, error })
  }

  batchesGivenUp(_poller: PollerActor): void {
    this.parts.report({ type: 'batches-given-up', mapping: this.parts.uuid })
  }

  recordsTrimmed(poller: PollerActor): void {
    const { shardId } = poller.parts.address
    this.parts.report({ type: 'records-trimmed', mapping: this.parts.uuid, shardId })
  }

  moved(_poller: PollerActor): void {
    this.parts.report({ type: 'moved', mapping: this.parts.uuid })
  }

  // --- children ------------------------------------------------------------------------------------------------

  #receive(message: Message): void {
    if (this.#stopping) return
    switch (message.type) {
      case 'poller-failed':
        return this.#takeDown(message.poller, message.error)
      case 'poller-stopped':
        return this.#supervise(message.shardId, message.failure)
      case 'restart-due':
        this.#takeBackRestarts.delete(message.shardId)
        return this.#openShard(message.shardId, this.#loadState(message.shardId))
      case 'shard-finished':
        return this.#finish(message.poller)
      case 'discovery-due':
        return this.#discover()
      case 'described':
        this.#description = message.description
        this.#isLineageOld = false
        this.#openShards()
        this.parts.report({ type: 'moved', mapping: this.parts.uuid })
        if (this.isFinished) this.parts.parent.streamFinished(this)
        return this.#discoverLater(DISCOVERY_MS)
      default:
        return unreachable(message)
    }
  }

  #plan() {
    const tracked = new Map<ShardId, 'reading' | 'finished'>()
    for (const [shardId, state] of this.#states) {
      if (this.#pollers.has(shardId)) tracked.set(shardId, 'reading')
      else if (state.finished) tracked.set(shardId, 'finished')
    }
    const { shards: listed, status: streamStatus } = this.#description
    const { createdAt: since } = this.parts
    const start =
      this.parts.settings.startingPosition === 'LATEST'
        ? ({ type: 'latest', since } as const)
        : ({ type: 'trim-horizon' } as const)
    return planLineage({ listed, tracked, start, streamStatus })
  }

  #openShards(): void {
    const plan = this.#plan()
    if (plan.type === 'refused') {
      this.parts.parent.hasProblem(plan.reason)
      return
    }
    for (const { shardId, start } of plan.ready) {
      // One that failed comes back when its wait is over.
      if (this.#takeBackRestarts.has(shardId)) continue
      this.#openShard(shardId, this.#states.get(shardId) ?? newState(start))
    }
  }

  #openShard(shardId: ShardId, state: ShardState): void {
    const { parts } = this
    const { streamArn, viewType } = this.#description
    const { format, region, source, sequenceOf, ordinalOf } = parts.stream
    this.#states.set(shardId, state)
    const { pool, slab, readAhead, checkpoints, clock, random, functionArn } = parts
    const poller = new PollerActor({
      pool,
      slab,
      readAhead,
      checkpoints,
      clock,
      random,
      functionArn,
      address: this.#address(shardId),
      state,
      source,
      stream: { format, streamArn, region, shardId, viewType },
      factor: parts.settings.parallelizationFactor,
      rules: laneRules(parts.settings, parts),
      destination: parts.settings.onFailureDestination,
      parent: this,
      cautious: parts.store.uncleanStart,
      sequenceOf,
      ordinalOf,
    })
    this.#pollers.set(shardId, poller)
    parts.report({ type: 'shard-opened', mapping: parts.uuid, shardId })
    poller.start()
  }

  #address(shardId: ShardId): ShardAddress {
    const { streamArn, label } = this.#description
    return { mapping: this.parts.uuid, streamArn, label, shardId }
  }

  /** A poller restarts from the store, never from the memory of the one that failed. */
  #loadState(shardId: ShardId): ShardState {
    for (const { address, state } of this.parts.store.loadShards(this.parts.uuid).values()) {
      if (address.shardId === shardId && address.label === this.#description.label) return state
    }
    return newState(this.#states.get(shardId)?.start ?? { type: 'trim-horizon' })
  }

  #takeDown(poller: PollerActor, error: unknown): void {
    const { shardId } = poller.parts.address
    if (this.#pollers.get(shardId) !== poller) return
    const failure = failureOf(error, shardId)
    const reason = error instanceof Error ? error.message : String(error)
    this.parts.parent.hasProblem(reason)
    this.parts.report({ type: 'poller-failed', mapping: this.parts.uuid, shardId, reason })
    // The mapping waits for it at its own stop through the poller's `stop`, which may be called twice.
    void poller.stop().then(() => this.#mailbox.tell({ type: 'poller-stopped', shardId, failure }))
  }

  #supervise(shardId: ShardId, failure: ChildFailure): void {
    const { clock, random } = this.parts
    this.#pollers.delete(shardId)
    // Until it is back, its counts are those of the store (D25).
    this.#states.set(shardId, this.#loadState(shardId))
    const message = {
      type: 'child-failed',
      child: shardId,
      failure,
      now: clock.now(),
      fraction: random.fraction(),
    } as const
    const [state, effects] = stepOneForOne(this.#supervision, message, DEFAULT_RESTART_RULES)
    this.#supervision = state
    for (const effect of effects) {
      if (effect.type === 'restart-child') {
        const takeBack = clock.at(effect.at, () =>
          this.#mailbox.tell({ type: 'restart-due', shardId }),
        )
        this.#takeBackRestarts.set(shardId, takeBack)
      } else this.parts.escalate(effect.failure)
    }
  }

  #finish(poller: PollerActor): void {
    const { shardId } = poller.parts.address
    if (this.#pollers.get(shardId) !== poller) return
    this.#states.set(shardId, this.#loadState(shardId))
    this.#pollers.delete(shardId)
    // Nothing of it is in a lane any more, so this ends at once.
    void poller.stop().then(() => this.moved(poller))
    this.parts.report({ type: 'shard-finished', mapping: this.parts.uuid, shardId })
    this.#openShards()
    this.#discover()
  }

  #discover(): void {
    this.#takeBackDiscovery?.()
    this.#takeBackDiscovery = undefined
    this.parts.stream.source.describe().then(
      (description) => this.#mailbox.tell({ type: 'described', description }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        this.parts.parent.readFailed({ type: 'unreachable', reason })
        this.#discoverLater(DISCOVERY_AGAIN_MS)
      },
    )
  }

  #discoverLater(delayMs: number): void {
    if (this.#stopping || this.#takeBackDiscovery) return
    const due = (this.parts.clock.now() + delayMs) as EpochMs
    this.#takeBackDiscovery = this.parts.clock.at(due, () =>
      this.#mailbox.tell({ type: 'discovery-due' }),
    )
  }

  #escalate(error: unknown): void {
    const broken = error instanceof InvariantError ? error : new InvariantError(String(error))
    this.parts.escalate({ type: 'invariant-broken', error: broken })
  }
}

function newState(start: ShardStart): ShardState {
  return { mark: null, generations: [], stacks: {}, counts: NO_COUNTS, start, finished: false }
}

function failureOf(error: unknown, shardId: ShardId): ChildFailure {
  if (error instanceof InvariantError) return { type: 'invariant-broken', error }
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof MillraceError) {
    if (error.code === 'MILLRACE_DATA_LOST_OWNERSHIP') return { type: 'checkpoint-fenced', shardId }
    if (error.code === 'MILLRACE_DATA_UNWRITABLE') return { type: 'store-unwritable', reason }
  }
  return { type: 'source-unavailable', reason }
}
