// hot path: bench/micro/segment
import { readSegment, type SegmentView } from '../../codec/segment/read-segment.ts'
import { maybeOrdinal, sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { ReadResult, ReadStart, ShardReader } from '../../ports/stream-source.ts'
import type { EmbeddedShard } from './embedded-shard.ts'
import type { StreamStore } from './stream-store.ts'

const EMPTY: ReadResult = { type: 'empty' }
const CLOSED: ReadResult = { type: 'closed' }
const TRIMMED: ReadResult = { type: 'trimmed' }

const refused = (reason: string): ReadResult => ({
  type: 'failed',
  failure: { type: 'refused', reason },
})

/**
 * Reads one shard of an embedded stream: at once, from LMDB. A page may point into lmdb-js's one reused buffer, so it
 * is valid until anybody reads any environment of this process: it must be used up in the same turn.
 */
export class EmbeddedReader implements ShardReader {
  readonly #store: StreamStore
  readonly #shard: EmbeddedShard
  /** Ordinal of the next record. */
  #position: number
  /** First ordinal of the segment that holds it, where that is known. */
  #segment: number | undefined
  #refusal: ReadResult | undefined
  #takeBack: (() => void) | undefined
  #isClosed = false

  constructor(store: StreamStore, shard: EmbeddedShard, start: ReadStart) {
    this.#store = store
    this.#shard = shard
    this.#position = startPosition(shard, start)
    if (!Number.isFinite(this.#position)) {
      this.#refusal = refused(`${this.#place()}: cannot start at ${JSON.stringify(start)}`)
    }
  }

  read(): ReadResult {
    if (this.#refusal) return this.#refusal
    const { lastOrdinal, facts } = this.#shard
    if (this.#position <= facts.trimmedThrough) {
      this.#position = facts.trimmedThrough + 1
      this.#segment = undefined
      return TRIMMED
    }
    if (this.#position <= lastOrdinal) return this.#page()
    if (this.#position > lastOrdinal + 1) {
      const wanted = sequenceNumberOf(this.#position - 1)
      return refused(
        `${this.#place()} ends before ${wanted}: the stream is older than the position`,
      )
    }
    return facts.isClosed ? CLOSED : EMPTY
  }

  onArrival(arrived: () => void): () => void {
    const { lastOrdinal, facts } = this.#shard
    if (this.#position <= lastOrdinal || facts.isClosed) {
      let isWanted = true
      queueMicrotask(() => {
        if (isWanted) arrived()
      })
      return () => {
        isWanted = false
      }
    }
    this.#takeBack = this.#shard.whenArrived(arrived)
    return this.#takeBack
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  close(): void {
    this.#takeBack?.()
    this.#isClosed = true
    this.#refusal = refused(`${this.#place()}: the reader is closed`)
  }

  #page(): ReadResult {
    const first = this.#open()
    if (typeof first === 'string') return refused(first)
    const { pages } = this.#store
    pages.begin(this.#position)
    const skip = this.#position - first.firstOrdinal
    const isLast = first.firstOrdinal + first.count > this.#shard.lastOrdinal
    if (isLast || !pages.isSmall(first, skip)) {
      pages.refer(first, skip)
      this.#advance(first)
    } else {
      pages.gather(first, skip)
      this.#advance(first)
      this.#gatherMore()
    }
    return { type: 'page', page: pages.page() }
  }

  /** A backlog of small puts stays fast: many segments make one page. */
  #gatherMore(): void {
    const { pages } = this.#store
    while (this.#position <= this.#shard.lastOrdinal && pages.hasRoom) {
      const next = this.#open()
      // A damaged one is reported by the read that begins with it.
      if (typeof next === 'string' || !pages.gather(next, 0)) return
      this.#advance(next)
    }
  }

  #advance(segment: SegmentView): void {
    this.#position = segment.firstOrdinal + segment.count
    this.#segment = this.#position
  }

  /** The segment that holds the position, or what is wrong with it. */
  #open(): SegmentView | string {
    const { index } = this.#shard
    const first = this.#segment ?? this.#store.segmentBefore(index, this.#position)
    if (first === undefined) return this.#damage('it is missing')
    this.#segment = first
    const bytes = this.#store.segmentAt(index, first)
    if (!bytes) return this.#damage('it is missing')
    const segment = readSegment(bytes, bytes.length)
    if ('defect' in segment) return this.#damage(segment.defect)
    const end = segment.firstOrdinal + segment.count
    if (segment.firstOrdinal !== first || this.#position < first || this.#position >= end) {
      return this.#damage('it is not the segment that belongs here')
    }
    return segment
  }

  #damage(defect: string): string {
    const at = sequenceNumberOf(this.#segment ?? this.#position)
    return `damaged data in ${this.#place()}, segment at ${at}: ${defect}`
  }

  #place(): string {
    return `${this.#store.directory}, ${this.#shard.facts.shardId}`
  }
}

/** Ordinal of the first record to read; NaN where the start means nothing here. */
function startPosition(shard: EmbeddedShard, start: ReadStart): number {
  switch (start.type) {
    case 'trim-horizon':
      return shard.facts.trimmedThrough + 1
    case 'latest':
      return shard.lastOrdinal + 1
    case 'after':
      return (maybeOrdinal(start.sequenceNumber) ?? Number.NaN) + 1
    case 'stamped-since':
      return Number.NaN
  }
}
