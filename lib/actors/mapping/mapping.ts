import { MillraceError } from '../../core/errors.ts'
import type { EpochMs, ShardId, StreamArn } from '../../core/ids.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../../core/ledger/ledger.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { MappingRecord } from '../../ports/state-store.ts'
import type { SourceFailure, StreamDescription } from '../../ports/stream-source.ts'
import type { PollerActor } from '../poller/poller.ts'
import type { LaneReport } from './lane-report.ts'
import type { MappedStream, MappingParts } from './mapping-parts.ts'
import { StreamActor } from './stream.ts'
import type { StreamParent } from './stream-parts.ts'

export type { MappedStream, MappingEvent, MappingParts } from './mapping-parts.ts'

/** One event source mapping: reads its stream, and before it what was left of older streams of the same table (D31). */
export class MappingActor implements StreamParent {
  readonly parts: MappingParts
  /** In the order in which they are read; the first is being read. */
  #streams: readonly StreamActor[] = []
  /** Ledger of streams that are read no more. */
  #past: LedgerCounts = NO_COUNTS
  #stop: Promise<void> | undefined
  #processing = 'No records processed'
  #lastFailure: SourceFailure | undefined

  constructor(parts: MappingParts) {
    this.parts = parts
  }

  /** D39. */
  get lastProcessingResult(): string {
    return this.#processing
  }

  /** What the source last refused; undefined once it answered again. */
  get sourceFailure(): SourceFailure | undefined {
    return this.#lastFailure
  }

  /** The stream that is read, or will be when older ones are drained. */
  get streamArn(): string {
    return this.#streams.at(-1)?.parts.description.streamArn ?? ''
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
    this.#past = this.#countPast()
    const { streamArn, label } = description
    if (!isKnown(known, description)) await latest.fixStart()
    const read = known?.streams ?? []
    const all = isKnown(known, description) ? read : [...read, { streamArn, label }]
    await store.saveMapping({ uuid, createdAt, streams: all })
  }

  start(): void {
    this.#streams[0]?.start()
  }

  /** Lets running invocations end, starts nothing new; resolves when all positions are durable. */
  stop(): Promise<void> {
    this.#stop ??= Promise.all(this.#streams.map((stream) => stream.stop())).then(() => {})
    return this.#stop
  }

  /** It cannot go on, and says why (D39). What is running ends; positions stay. */
  lose(reason: string): void {
    this.hasProblem(reason)
    // Awaited by the engine's own stop, which calls it again.
    void this.stop()
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

  /** Lanes that hold something, or lag behind. */
  laneReports(): readonly LaneReport[] {
    return this.#streams[0]?.laneReports() ?? []
  }

  /** D23, as of now: everything that the source has shown is settled and durable. */
  get isCaughtUp(): boolean {
    return this.#streams.length === 1 && this.#streams[0]!.isCaughtUp
  }

  /** Asks the source again, so that {@link isCaughtUp} speaks of what is there now. */
  pollNow(): void {
    this.#streams[0]?.pollNow()
  }

  // --- StreamParent --------------------------------------------------------------------------------------------

  streamFinished(streamArn: StreamArn): void {
    const [current, ...next] = this.#streams
    // The latest stream stays: its table may yet give it another shard.
    if (current?.parts.description.streamArn !== streamArn || next.length === 0 || this.#stop)
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
    this.#processing = error ? 'PROBLEM: Function call failed' : 'OK'
  }

  hasProblem(reason: string): void {
    this.#processing = `PROBLEM: ${reason}`
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
  #countPast(): LedgerCounts {
    const { store, uuid } = this.parts
    const read = this.#streams.map(({ parts }) => parts.description)
    let past = NO_COUNTS
    for (const { address, state } of store.loadShards(uuid).values()) {
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
