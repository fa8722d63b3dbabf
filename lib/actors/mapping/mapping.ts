import { MillraceError } from '../../core/errors.ts'
import type { ShardExplanation } from '../../core/explanation/explanation.ts'
import type { EpochMs, ShardId, StreamArn } from '../../core/ids.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../../core/ledger/ledger.ts'
import { type WorkCounts, WorkTally } from '../../core/ledger/work-counts.ts'
import {
  PROCESSING_RESULT,
  type ProcessingResult,
  storedResult,
} from '../../core/mapping/processing-result.ts'
import type { MappingSettings } from '../../core/mapping/settings.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { MappingRecord, StoredShard } from '../../ports/state-store.ts'
import type { SourceFailure, StreamDescription } from '../../ports/stream-source.ts'
import type { PollerActor } from '../poller/poller.ts'
import type { Poller } from '../poller/poller-parts.ts'
import type { MappedStream, MappingParts, MappingTerms } from './mapping-parts.ts'
import { type ShardFigures, shardFigures } from './shard-facts.ts'
import { StreamActor } from './stream.ts'
import type { StreamParent } from './stream-parts.ts'

export type { MappedStream, MappingEvent, MappingParts, MappingTerms } from './mapping-parts.ts'

/** What a mapping has done, in numbers. */
export type MappingFigures = {
  readonly ledger: Ledger
  /** Since the mapping was opened in this process. */
  readonly work: WorkCounts
  /** Of the shards that are being read. */
  readonly shards: readonly ShardFigures[]
}

/** `halted`: what ran has ended, or will; `over`: and nothing begins any more. */
type Life =
  | { readonly state: 'idle' | 'reading' }
  | { readonly state: 'halted' | 'over'; readonly ended: Promise<void> }

/**
 * One event source mapping: reads its stream, and before it what was left of older streams of the same table (D31).
 * A change of its settings is a halt and a new start from what is durable.
 */
export class MappingActor implements StreamParent {
  #parts: MappingParts
  #life: Life = { state: 'idle' }
  /** In the order in which they are read; the first is being read. */
  #streams: readonly StreamActor[] = []
  /** Ledger of streams that are read no more. */
  #past: LedgerCounts = NO_COUNTS
  /** Since the mapping was opened. */
  readonly #work = new WorkTally()
  /** Of the last invocation. */
  #result: ProcessingResult = PROCESSING_RESULT.nothing
  /** What has kept it from invoking since then. */
  #problem: string | undefined
  #lastFailure: SourceFailure | undefined
  /** The shards may have changed since they were listed. */
  #isListingOld = false

  constructor(parts: MappingParts) {
    this.#parts = parts
  }

  get parts(): MappingParts {
    return this.#parts
  }

  /** D39. */
  get lastProcessingResult(): string {
    return this.#problem === undefined ? this.#result : `PROBLEM: ${this.#problem}`
  }

  /** What the source last refused; undefined once it answered again. */
  get sourceFailure(): SourceFailure | undefined {
    return this.#lastFailure ?? this.#streams[0]?.listingFailure
  }

  /** The stream that is read, or will be when older ones are drained. */
  get streamArn(): string {
    return this.#streams.at(-1)?.parts.description.streamArn ?? ''
  }

  /** It was started, and not stopped since. */
  get isReading(): boolean {
    return this.#life.state === 'reading'
  }

  get pollers(): ReadonlyMap<ShardId, PollerActor> {
    return this.#streams[0]?.pollers ?? new Map()
  }

  /** Finds the streams and where to begin, durably; nothing is read yet. @throws MillraceError */
  async prepare(): Promise<void> {
    const { uuid, store, stream, olderStreams = [], clock } = this.parts
    const known = store.loadMapping(uuid)
    const createdAt = (known?.createdAt ?? clock.now()) as EpochMs
    const streams: StreamActor[] = []
    for (const older of olderStreams) {
      const description = await this.#describeOlder(older, known)
      if (description) streams.push(this.#open(older, description, createdAt))
    }
    const description = await stream.source.describe()
    const latest = this.#open(stream, description, createdAt)
    this.#streams = [...streams, latest]
    const stored = [...store.loadShards(uuid).values()]
    this.#past = this.#countPast(stored)
    this.#result = storedResult(stored.map(({ state }) => state))
    const { streamArn, label } = description
    if (!isKnown(known, description)) await latest.fixStart()
    const read = known?.streams ?? []
    const all = isKnown(known, description) ? read : [...read, { streamArn, label }]
    await store.saveMapping({ uuid, createdAt, streams: all })
  }

  /** Begins to read, or goes on where the last reading ended. */
  start(): void {
    if (this.#life.state !== 'idle') return
    this.#life = { state: 'reading' }
    const [first] = this.#streams
    first?.start()
    if (this.#isListingOld) first?.pollNow()
  }

  /**
   * Lets running invocations end under the old terms, saves all positions and batches in hand, and takes the new terms
   * over (D7). Nothing is read until the next `start`. Batches whose records another filter would choose anew are
   * dissolved; those of another factor are so by themselves (D3).
   * @throws MillraceError when that cannot be saved.
   */
  async change(terms: MappingTerms): Promise<void> {
    await this.#halt()
    if (!isSameFilter(terms.settings, this.#parts.settings))
      await Promise.all(this.#streams.map((stream) => stream.dissolve()))
    if (this.#life.state === 'over') return
    this.#parts = { ...this.#parts, ...terms }
    this.#streams = this.#streams.map(({ parts, description }) =>
      this.#open(parts.stream, description, parts.createdAt),
    )
    this.#problem = undefined
    this.#lastFailure = undefined
    this.#isListingOld = true
    this.#life = { state: 'idle' }
    this.#parts.report({ type: 'mapping-changed', mapping: this.#parts.uuid })
  }

  /** Lets running invocations end, starts nothing new; resolves when all positions are durable. */
  stop(): Promise<void> {
    const ended = this.#halt()
    this.#life = { state: 'over', ended }
    return ended
  }

  #halt(): Promise<void> {
    if ('ended' in this.#life) return this.#life.ended
    const ended = Promise.all(this.#streams.map((stream) => stream.stop())).then(() => {})
    this.#life = { state: 'halted', ended }
    return ended
  }

  /** It cannot go on, and says why (D39). What is running ends; positions stay. */
  lose(reason: string): void {
    this.hasProblem(reason)
    // Awaited by whatever stops or changes it.
    void this.#halt()
  }

  /** D25. */
  ledger(): Ledger {
    let counts = this.#past
    let inFlight = 0
    for (const stream of this.#streams) {
      counts = addCounts(counts, stream.counts())
      inFlight += stream.inFlight
    }
    return ledgerOf(counts, inFlight)
  }

  /** For who measures: cheap, whatever its lanes hold. */
  figures(): MappingFigures {
    const [first] = this.#streams
    const { pollers } = this
    for (const poller of pollers.values()) this.pollerWorked(poller)
    const shards = first ? shardFigures(first.parts.stream, first.description, pollers) : []
    return { ledger: this.ledger(), work: this.#work.sum, shards }
  }

  /** Every shard that is known, of the stream that is being read first. */
  explainShards(): readonly ShardExplanation[] {
    return this.#streams.flatMap((stream, index) => stream.explain(index > 0))
  }

  /** D23, as of now: everything that the source has shown is settled and durable. One that is disabled does not count. */
  get isCaughtUp(): boolean {
    if (this.#life.state === 'idle' && !this.#parts.settings.enabled) return true
    return this.#streams.length === 1 && this.#streams[0]!.isCaughtUp
  }

  /** Asks the source again, so that {@link isCaughtUp} speaks of what is there now. */
  pollNow(): void {
    if (this.#life.state === 'reading') this.#streams[0]?.pollNow()
  }

  // --- StreamParent --------------------------------------------------------------------------------------------

  streamFinished(streamArn: StreamArn): void {
    const [current, ...next] = this.#streams
    // The latest stream stays: its table may yet give it another shard.
    if (
      current?.parts.description.streamArn !== streamArn ||
      next.length === 0 ||
      'ended' in this.#life
    )
      return
    this.#past = addCounts(this.#past, current.counts())
    this.#streams = next
    // Nothing of it is in a lane any more, so this ends at once.
    void current.stop()
    next[0]!.start()
    next[0]!.pollNow()
  }

  readFailed(failure: SourceFailure): void {
    this.#lastFailure = failure
    if (failure.type === 'refused') this.hasProblem(failure.reason)
  }

  readSucceeded(): void {
    this.#lastFailure = undefined
  }

  invoked(error: FunctionError | undefined): void {
    // What ends after it was given up does not hide why.
    if (!('ended' in this.#life)) this.#problem = undefined
    this.#result = error ? PROCESSING_RESULT.failed : PROCESSING_RESULT.ok
  }

  hasProblem(reason: string): void {
    this.#problem = reason
  }

  pollerWorked({ lanes }: Pick<Poller, 'lanes'>): void {
    this.#work.look(lanes, lanes.work())
  }

  #open(stream: MappedStream, description: StreamDescription, createdAt: EpochMs): StreamActor {
    const { stream: _latest, olderStreams: _older, ...parts } = this.parts
    const actor = new StreamActor({ ...parts, stream, description, createdAt, parent: this })
    actor.restore()
    return actor
  }

  /** An older stream counts where it was being read. @returns undefined where it is gone, or was never read. */
  async #describeOlder(
    { source }: MappedStream,
    known: MappingRecord | undefined,
  ): Promise<StreamDescription | undefined> {
    try {
      const description = await source.describe()
      return isKnown(known, description) ? description : undefined
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'MILLRACE_SOURCE_REFUSED')
        return undefined
      throw error
    }
  }

  /** Counts of streams that cannot be read any more. */
  #countPast(stored: readonly StoredShard[]): LedgerCounts {
    const read = this.#streams.map(({ parts }) => parts.description)
    let past = NO_COUNTS
    for (const { address, state } of stored) {
      const isRead = read.some(
        ({ streamArn, label }) => streamArn === address.streamArn && label === address.label,
      )
      if (!isRead) past = addCounts(past, state.counts)
    }
    return past
  }
}

function isKnown(
  known: MappingRecord | undefined,
  { streamArn, label }: StreamDescription,
): boolean {
  return known?.streams.some((one) => one.streamArn === streamArn && one.label === label) ?? false
}

function isSameFilter(
  { filterPatterns: a }: MappingSettings,
  { filterPatterns: b }: MappingSettings,
): boolean {
  return a.length === b.length && a.every((pattern, index) => pattern === b[index])
}
