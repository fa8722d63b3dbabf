import { maybeOrdinal, sequenceNumberOf } from '../../core/record/embedded-sequence.ts'
import type { Page, ReadResult, ReadStart, ShardReader } from '../../ports/stream-source.ts'
import type { KeptRecord, MemoryShard } from './memory-shard.ts'

/** Reads one shard of a memory source. */
export class MemoryReader implements ShardReader {
  readonly #shard: MemoryShard
  readonly #pageRecordsMax: number
  /** Ordinal of the next record. */
  #position: number
  #isClosed = false
  #takeBack: (() => void) | undefined

  constructor(shard: MemoryShard, start: ReadStart, pageRecordsMax: number) {
    this.#shard = shard
    this.#pageRecordsMax = pageRecordsMax
    this.#position = startPosition(shard, start)
  }

  read(): ReadResult {
    const shard = this.#shard
    if (this.#isClosed) return failed('the reader is closed')
    const failure = shard.failures.shift()
    if (failure) return { type: 'failed', failure }
    if (this.#position <= shard.trimmedThrough) {
      this.#position = shard.trimmedThrough + 1
      return { type: 'trimmed' }
    }
    const tip = shard.records.length
    if (!(this.#position <= tip + 1)) return failed('the position is beyond the last record')
    if (this.#position > tip) return shard.isClosed ? { type: 'closed' } : { type: 'empty' }
    const first = this.#position
    const records = shard.records.slice(first - 1, first - 1 + this.#pageRecordsMax)
    this.#position += records.length
    return { type: 'page', page: pageOf(records, first) }
  }

  onArrival(arrived: () => void): () => void {
    const { waiting, records, isClosed } = this.#shard
    // A function of its own: two readers may wait with the same one.
    const waiter = (): void => arrived()
    waiting.add(waiter)
    this.#takeBack = () => waiting.delete(waiter)
    const mayFind = this.#position <= records.length || isClosed
    if (mayFind) queueMicrotask(() => waiting.delete(waiter) && arrived())
    return this.#takeBack
  }

  close(): void {
    this.#takeBack?.()
    this.#isClosed = true
  }
}

function startPosition(shard: MemoryShard, start: ReadStart): number {
  switch (start.type) {
    case 'trim-horizon':
      return shard.trimmedThrough + 1
    case 'latest':
      return shard.records.length + 1
    case 'after':
      return (maybeOrdinal(start.sequenceNumber) ?? Number.NaN) + 1
    case 'stamped-since': {
      const first = shard.records.findIndex(({ arrivedAt }) => arrivedAt >= start.time)
      return Math.max(shard.trimmedThrough, first < 0 ? shard.records.length : first) + 1
    }
  }
}

function failed(reason: string): ReadResult {
  return { type: 'failed', failure: { type: 'refused', reason } }
}

function pageOf(records: readonly KeptRecord[], firstOrdinal: number): Page {
  const ends = new Uint32Array(records.length)
  const starts = new Uint32Array(records.length)
  let end = 0
  records.forEach(({ body }, i) => {
    starts[i] = end
    end += body.length
    ends[i] = end
  })
  return {
    count: records.length,
    format: 'dynamodb-json',
    bytes: Buffer.concat(records.map(({ body }) => body)),
    starts,
    ends,
    orderHashes: Uint32Array.from(records, ({ orderHash }) => orderHash),
    arrivedAt: Float64Array.from(records, ({ arrivedAt }) => arrivedAt),
    jsonBytes: Uint32Array.from(records, ({ jsonBytes }) => jsonBytes),
    structureCount: 0,
    sequenceNumberAt: (index) => sequenceNumberOf(firstOrdinal + index),
  }
}
