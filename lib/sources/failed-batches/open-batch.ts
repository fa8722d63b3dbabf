import {
  RecordPageScanner,
  type ScannedPage,
} from '../../codec/dynamodb-json/record-page-scanner.ts'
import { compareSequenceNumbers, type EpochMs, type SequenceNumber } from '../../core/ids.ts'
import type { Page } from '../../ports/stream-source.ts'

/** Where a batch of a redrive lies in its shard. */
export type BatchPlace = {
  readonly id: string
  readonly firstSequenceNumber: SequenceNumber
  readonly lastSequenceNumber: SequenceNumber
}

/** The records of one stored event that were not read yet. */
export class OpenBatch {
  readonly lastSequenceNumber: SequenceNumber
  readonly #page: ScannedPage
  #next = 0

  /** @throws Error where the payload is no event with records. */
  constructor(place: BatchPlace, payload: string, partitionKeyName: string | undefined) {
    const scanner = new RecordPageScanner({
      // A stored record is one that was delivered: its `eventSourceARN` is in it.
      addedBytes: 0,
      ...(partitionKeyName === undefined ? {} : { partitionKeyName }),
    })
    const scanned = scanner.scan(Buffer.from(payload))
    if (scanned.type === 'malformed') throw new Error(`failed batch ${place.id}: ${scanned.reason}`)
    this.#page = scanned.page
    this.lastSequenceNumber = place.lastSequenceNumber
  }

  /** Sequence number of the next record; `undefined` behind the last one. */
  get head(): SequenceNumber | undefined {
    return this.#next < this.#page.count ? this.#page.sequenceNumberAt(this.#next) : undefined
  }

  /** Passes over the records up to this one. */
  skipTo(position: SequenceNumber | null): void {
    if (position === null) return
    for (let head = this.head; head !== undefined; head = this.head) {
      if (compareSequenceNumbers(head, position) > 0) return
      this.#next++
    }
  }

  /** How many records from here on come before this one. */
  countBefore(bound: SequenceNumber | undefined, max: number): number {
    const end = Math.min(this.#page.count, this.#next + max)
    if (bound === undefined) return end - this.#next
    let index = this.#next
    while (index < end && compareSequenceNumbers(this.#page.sequenceNumberAt(index), bound) < 0)
      index++
    return index - this.#next
  }

  /** The next `count` records. They count as old as their reading: to redrive them is to give them time anew. */
  take(count: number, now: EpochMs): Page {
    const { bytes, starts, ends, orderHashes, jsonBytes, sequenceNumberAt } = this.#page
    const from = this.#next
    const to = from + count
    this.#next = to
    return {
      count,
      format: 'dynamodb-json',
      bytes,
      starts: starts.subarray(from, to),
      ends: ends.subarray(from, to),
      orderHashes: orderHashes.subarray(from, to),
      arrivedAt: new Float64Array(count).fill(now),
      jsonBytes: jsonBytes.subarray(from, to),
      structureCount: 0,
      sequenceNumberAt: (index) => sequenceNumberAt(from + index),
    }
  }
}
