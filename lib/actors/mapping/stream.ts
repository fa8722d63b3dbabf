import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import type { ShardExplanation } from '../../core/explanation/explanation.ts'
import type { ShardId } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { laneRules } from '../../core/lane/lane-rules.ts'
import { addCounts, type LedgerCounts, NO_COUNTS } from '../../core/ledger/ledger.ts'
import { planLineage } from '../../core/shard/lineage.ts'
import type { ChildFailure } from '../../core/supervision/decider.ts'
import type { SourceFailure, StreamDescription } from '../../ports/stream-source.ts'
import { Mailbox } from '../mailbox.ts'
import { PollerActor } from '../poller/poller.ts'
import type { Poller } from '../poller/poller-parts.ts'
import { PollerReports } from './poller-reports.ts'
import { brokenBy, failureOf, PollerRestarts } from './poller-restarts.ts'
import { explainShards } from './shard-facts.ts'
import { ShardListing } from './shard-listing.ts'
import { ShardStates } from './shard-states.ts'
import type { StreamParts } from './stream-parts.ts'

type Message =
  | { readonly type: 'poller-failed'; readonly poller: Poller; readonly error: unknown }
  | { readonly type: 'shard-finished'; readonly poller: Poller }
  | { readonly type: 'poller-stopped'; readonly shardId: ShardId; readonly failure: ChildFailure }
  | { readonly type: 'restart-due'; readonly shardId: ShardId }
  | { readonly type: 'opening-due' }
  | { readonly type: 'listed'; readonly description: StreamDescription }

const TRIM_HORIZON = { type: 'trim-horizon' } as const

/** Reads all shards of one stream for one mapping: discovery, lineage, a poller for each open shard. */
export class StreamActor {
  readonly parts: StreamParts
  readonly #mailbox: Mailbox<Message>
  readonly #pollers = new Map<ShardId, PollerActor>()
  readonly #states: ShardStates
  readonly #listing: ShardListing
  readonly #restarts: PollerRestarts
  readonly #reports: PollerReports
  #description: StreamDescription
  #isOpeningDue = false
  #stopping = false
  #stop: Promise<void> | undefined

  constructor(parts: StreamParts) {
    this.parts = parts
    const { clock, random, stream, description, store, uuid, parent, escalate } = parts
    this.#description = description
    this.#states = new ShardStates(store, uuid, description)
    this.#mailbox = new Mailbox<Message>({
      receive: (message) => this.#receive(message),
      failed: (error) => escalate(brokenBy(error)),
      soon: (due) => clock.soon(due),
    })
    this.#listing = new ShardListing({
      source: stream.source,
      description,
      clock,
      random,
      listed: (listed) => this.#mailbox.tell({ type: 'listed', description: listed }),
      failed: (failure) => parent.readFailed(failure),
    })
    this.#reports = new PollerReports(parts, {
      // Facts from children are handled one at a time.
      shardFinished: (poller) => this.#mailbox.tell({ type: 'shard-finished', poller }),
      pollerFailed: (poller, error) => this.#mailbox.tell({ type: 'poller-failed', poller, error }),
    })
    this.#restarts = new PollerRestarts({
      clock,
      random,
      restart: (shardId) => this.#mailbox.tell({ type: 'restart-due', shardId }),
      escalate,
    })
  }

  /** As last listed. */
  get description(): StreamDescription {
    return this.#description
  }

  get pollers(): ReadonlyMap<ShardId, PollerActor> {
    return this.#pollers
  }

  /** Takes over what the store says of this stream. */
  restore(): void {
    this.#states.restore()
  }

  /** Lets go of all batches in hand, durably. Only while nothing is read. @throws MillraceError */
  dissolve(): Promise<void> {
    return this.#states.dissolve()
  }

  /** D21: where a new mapping begins does not depend on when its first read happens. */
  async fixStart(): Promise<void> {
    const { settings, stream } = this.parts
    if (settings.startingPosition !== 'LATEST' || !stream.latest) return
    const shards = this.#description.shards.map(({ shardId }) => shardId)
    await this.#states.beginBehind(new Map(shards.map((id) => [id, stream.latest!(id)])))
  }

  start(): void {
    this.#openShards()
    this.#listing.later()
    this.#listing.goOn(this.#states.finished())
    if (this.isFinished) this.parts.parent.streamFinished(this.#description.streamArn)
  }

  /** Lets running invocations end, starts nothing new; resolves when all positions are durable. */
  stop(): Promise<void> {
    this.#stop ??= this.#stopAll()
    return this.#stop
  }

  async #stopAll(): Promise<void> {
    this.#stopping = true
    this.#listing.stop()
    this.#restarts.stop()
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

  /** Every shard that is known. @param isNext it is to be read, after an older stream. */
  explain(isNext: boolean): readonly ShardExplanation[] {
    const { stream, clock, tumblingGraceMs: graceMs, parent } = this.parts
    const shards = [...this.#states, ...this.#states.unknown(this.#plan())]
    const still = isNext || parent.isReading ? 'waiting' : 'stopped'
    const conditionOf = (id: ShardId) => (this.#restarts.isWaiting(id) ? 'restarting' : still)
    const view = { stream, description: this.description, pollers: this.pollers, graceMs }
    return explainShards({ ...view, shards, conditionOf, now: clock.now() })
  }

  /** Why its shards could not be listed; undefined once they were. */
  get listingFailure(): SourceFailure | undefined {
    return this.#listing.failure
  }

  /** D23, as of now: everything that the source has shown is settled and durable. */
  get isCaughtUp(): boolean {
    const { emptyReadsAtTip } = this.parts.stream
    if (this.#listing.isOld) return false
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
    this.#listing.now()
    for (const poller of this.#pollers.values()) poller.pollNow()
  }

  // --- children ------------------------------------------------------------------------------------------------

  #receive(message: Message): void {
    if (this.#stopping) return
    switch (message.type) {
      case 'poller-failed':
        return this.#takeDown(message.poller, message.error)
      case 'poller-stopped':
        this.#pollers.delete(message.shardId)
        // Until it is back, its counts are those of the store (D25).
        this.#states.reload(message.shardId)
        return this.#restarts.failed(message.shardId, message.failure)
      case 'restart-due':
        // From the store, never from the memory of the one that failed.
        this.#restarts.begun(message.shardId)
        return this.#openShard(message.shardId, this.#states.reload(message.shardId))
      case 'shard-finished':
        return this.#finish(message.poller)
      case 'opening-due':
        this.#isOpeningDue = false
        return this.#openShards()
      case 'listed':
        this.#description = message.description
        this.#listing.taken()
        this.#openShards()
        this.#reports.moved()
        if (this.isFinished) this.parts.parent.streamFinished(this.#description.streamArn)
        return
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
    const { createdAt: since, settings } = this.parts
    const isLatest = settings.startingPosition === 'LATEST'
    const start = isLatest ? ({ type: 'latest', since } as const) : TRIM_HORIZON
    return planLineage({ listed, tracked, start, streamStatus })
  }

  /** Once for all shards that end at the same moment: a thousand of them are not planned a thousand times. */
  #openSoon(): void {
    if (this.#isOpeningDue) return
    this.#isOpeningDue = true
    this.#mailbox.tell({ type: 'opening-due' })
  }

  #openShards(): void {
    const plan = this.#plan()
    if (plan.type === 'refused') {
      this.parts.parent.hasProblem(plan.reason)
      return
    }
    for (const { shardId, start } of plan.ready) {
      if (this.#restarts.isWaiting(shardId)) continue
      this.#openShard(shardId, this.#states.at(shardId, start))
    }
  }

  #openShard(shardId: ShardId, state: ShardState): void {
    const { parts } = this
    const { streamArn, viewType } = this.#description
    const { format, region, source, sequenceOf, ordinalOf } = parts.stream
    const { pool, slab, readAhead, checkpoints, clock, random, functionArn } = parts
    const poller = new PollerActor({
      pool,
      slab,
      readAhead,
      checkpoints,
      clock,
      random,
      functionArn,
      address: this.#states.address(shardId),
      state,
      source,
      stream: { format, streamArn, region, shardId, viewType },
      factor: parts.settings.parallelizationFactor,
      rules: laneRules(parts.settings, { ...parts, executedVersion: pool.executedVersion }),
      destination: parts.settings.onFailureDestination,
      parent: this.#reports,
      cautious: parts.store.uncleanStart,
      sequenceOf,
      ordinalOf,
    })
    this.#pollers.set(shardId, poller)
    parts.report({ type: 'shard-opened', mapping: parts.uuid, shardId })
    poller.start()
  }

  #takeDown(poller: Poller, error: unknown): void {
    const { shardId } = poller.parts.address
    if (this.#pollers.get(shardId) !== poller) return
    const failure = failureOf(error, shardId)
    const reason = error instanceof Error ? error.message : String(error)
    this.parts.parent.hasProblem(reason)
    this.parts.report({ type: 'poller-failed', mapping: this.parts.uuid, shardId, reason })
    // The mapping waits for it at its own stop through the poller's `stop`, which may be called twice.
    void poller.stop().then(() => this.#mailbox.tell({ type: 'poller-stopped', shardId, failure }))
  }

  #finish(poller: Poller): void {
    const { shardId } = poller.parts.address
    if (this.#pollers.get(shardId) !== poller) return
    this.#states.take(shardId, poller.durable)
    this.#pollers.delete(shardId)
    // Nothing of it is in a lane any more, so this ends at once.
    void poller.stop().then(() => this.#reports.moved())
    this.parts.report({ type: 'shard-finished', mapping: this.parts.uuid, shardId })
    this.#openSoon()
    this.#listing.shardEnded(shardId)
  }
}
