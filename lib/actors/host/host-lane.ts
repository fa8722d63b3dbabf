import type { EpochMs, SequenceNumber } from '../../core/ids.ts'
import { invariant } from '../../core/invariant.ts'
import { type LaneRules, recordsTakenForBatch } from '../../core/lane/lane-rules.ts'
import type { WindowBorder } from '../../core/window/window-border.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import {
  CUT_FREE,
  CUT_READING,
  FlightDouble,
  type LaneBlock,
  type LaneProgress,
  LaneWord,
} from '../lane-memory/lane-block.ts'
import type { LaneReader } from '../lane-memory/lane-reader.ts'
import type { FirstRecord } from '../protocol.ts'
import { EVENT_BYTES_MAX, EVENT_FRAME_BYTES, EventBatch } from './event-batch.ts'
import type { RecordFilter } from './record-filter.ts'

/** A batch as it was cut: records, and where the lane stands behind it. */
export type Cut = {
  /** Fresh objects, for one handler: it may change them, and the list. */
  readonly records: unknown[]
  /** How many there are, whatever becomes of the list. 0: all that waits was filtered out. */
  readonly count: number
  /** Records that the batch takes up in the lane, filtered ones before, between and behind included. */
  readonly entries: number
  readonly arrivals: number[]
  readonly lastOrdinal: number
  readonly endUnits: number
  /** The single record is larger than an event may be: it is never sent. @source aws-semantics §2 */
  readonly tooLarge: boolean
}

/** A place in a lane. `entries`: records between the settled position and here, filtered ones included. */
export type LanePlace = {
  readonly units: number
  readonly ordinal: number
  readonly entries: number
}

/** What an event of a tumbling window may still take up. */
export type WindowedEvent = {
  readonly border: WindowBorder
  /** What the event holds beside its records, its state above all. @unit bytes */
  readonly frameBytes: number
}

/** What the lane host lends to its lanes. */
export type LaneReading = {
  readonly reader: LaneReader
  /** Decoder that knows at least this many structures. */
  decoderFor(handle: number, structureCount: number): RecordDecoder
}

/** A lane's records as the thread that owns it reads them. */
export class HostLane {
  readonly handle: number
  readonly lane: number
  readonly block: LaneBlock
  readonly #reading: LaneReading
  readonly #passes: RecordFilter | undefined

  constructor(
    id: { readonly handle: number; readonly lane: number },
    block: LaneBlock,
    reading: LaneReading,
    passes: RecordFilter | undefined,
  ) {
    this.#passes = passes
    this.handle = id.handle
    this.lane = id.lane
    this.block = block
    this.#reading = reading
  }

  /** Records that wait behind the settled position. */
  waiting(progress: LaneProgress): number {
    return (this.block.load(this.lane, LaneWord.tailCount) - progress.settledCount) >>> 0
  }

  /**
   * True when a full batch waits: by count, by the size of its event, or by the end of its window; and of records that
   * are filtered, which are all looked at here, also when many wait and few of them match.
   */
  hasFullBatch(progress: LaneProgress, rules: LaneRules, event?: WindowedEvent): boolean {
    const waiting = this.waiting(progress)
    if (waiting >= (this.#passes ? recordsTakenForBatch(rules) : rules.batchSize)) return true
    return this.undisturbed(() => {
      const reader = this.#open(progress)
      let bytes = event?.frameBytes ?? EVENT_FRAME_BYTES
      let count = 0
      while (bytes <= EVENT_BYTES_MAX && count < rules.batchSize && this.#nextPassing(reader, 1)) {
        if (event && !event.border.admits(this.#stamp(reader))) return true
        bytes += reader.jsonBytes + 1
        count++
      }
      return bytes > EVENT_BYTES_MAX || count === rules.batchSize
    })
  }

  /**
   * Reads what is not in hand yet. The poller takes nothing of it back meanwhile (D6); what is in hand it never does.
   * While the poller is at it, this waits: it holds the word for microseconds.
   */
  undisturbed<Result>(read: () => Result): Result {
    const { block, lane } = this
    while (!block.swap(lane, LaneWord.cut, CUT_FREE, CUT_READING));
    try {
      return read()
    } finally {
      block.store(lane, LaneWord.cut, CUT_FREE)
    }
  }

  /** Whether it filters: a full batch then needs more records than its size. */
  get isFiltering(): boolean {
    return this.#passes !== undefined
  }

  /**
   * Cuts the next batch behind the settled position: by count, by the size of the event, and by the end of its window.
   * @returns undefined when nothing waits, or nothing of the open window; a cut without records when all that waits is
   * filtered out.
   */
  cut(progress: LaneProgress, countMax: number, event?: WindowedEvent): Cut | undefined {
    return this.undisturbed(() => {
      const cut = this.#read(progress, countMax, event)
      const taken = progress.settledCount + (cut?.entries ?? 0)
      this.take(taken, cut ? cut.endUnits : progress.settledUnits, cut?.lastOrdinal ?? 0)
      return cut
    })
  }

  /** Says what is in hand: the poller takes back only what lies behind. */
  take(count: number, units: number, lastOrdinal: number): void {
    this.block.setFlight(this.lane, FlightDouble.lastTaken, lastOrdinal)
    this.block.store(this.lane, LaneWord.taken, count | 0)
    this.block.store(this.lane, LaneWord.takenUnits, units | 0)
  }

  #read(progress: LaneProgress, countMax: number, event?: WindowedEvent): Cut | undefined {
    const reader = this.#open(progress)
    const passes = this.#passes
    const border = event?.border
    const batch = new EventBatch(event?.frameBytes ?? EVENT_FRAME_BYTES)
    let lastOrdinal = 0
    let entries = 0
    let endUnits = progress.settledUnits
    let structures = -1
    let decoder!: RecordDecoder
    while (batch.records.length < countMax && reader.next(countMax - batch.records.length)) {
      if (reader.structureCount > structures) {
        structures = reader.structureCount
        decoder = this.#reading.decoderFor(this.handle, structures)
      }
      if (passes === undefined || passes(reader)) {
        const record = decoder.decode(reader.bytes, reader.start, reader.end, reader.ordinal)
        if (border !== undefined && !border.admits(decoder.stampOf(record))) break
        if (!batch.take(record, reader)) break
      }
      entries++
      lastOrdinal = reader.ordinal
      endUnits = reader.position
    }
    if (entries === 0) return undefined
    const { records, arrivals, tooLarge } = batch
    return { records, count: records.length, entries, arrivals, lastOrdinal, endUnits, tooLarge }
  }

  /** Where the lane stands when its next `count` records are settled. */
  positionAfter(progress: LaneProgress, count: number): LanePlace {
    if (count === 0)
      return { units: progress.settledUnits, ordinal: progress.settledOrdinal, entries: 0 }
    const reader = this.#open(progress)
    for (let i = 0; i < count; i++) {
      const isThere = this.#nextPassing(reader, count - i)
      invariant(isThere, `lane ${this.lane} holds ${count} records, not only ${i}`)
    }
    return { units: reader.position, ordinal: reader.ordinal, entries: reader.entries }
  }

  /** Where the first record stands that is delivered; undefined when the lane begins with it. */
  placeOfFirstPassing(progress: LaneProgress): LanePlace | undefined {
    return this.undisturbed(() => {
      const reader = this.#open(progress)
      let place: LanePlace | undefined
      while (reader.next(1) && !this.#isDelivered(reader))
        place = { units: reader.position, ordinal: reader.ordinal, entries: reader.entries }
      return place
    })
  }

  /** Finds the next record that is delivered. */
  #nextPassing(reader: LaneReader, wanted: number): boolean {
    while (reader.next(wanted)) if (this.#isDelivered(reader)) return true
    return false
  }

  #isDelivered(reader: LaneReader): boolean {
    if (this.#passes === undefined) return true
    this.#reading.decoderFor(this.handle, reader.structureCount)
    return this.#passes(reader)
  }

  #stamp(reader: LaneReader): EpochMs {
    const decoder = this.#reading.decoderFor(this.handle, reader.structureCount)
    return decoder.stampOf(this.#decode(reader))
  }

  /** When the first record behind the settled position was made; undefined where there is none. */
  firstStamp(progress: LaneProgress): EpochMs | undefined {
    const reader = this.#open(progress)
    return reader.next(1) ? this.#stamp(reader) : undefined
  }

  /** The record that the reader stands at, a fresh object. */
  #decode(reader: LaneReader): unknown {
    const decoder = this.#reading.decoderFor(this.handle, reader.structureCount)
    return decoder.decode(reader.bytes, reader.start, reader.end, reader.ordinal)
  }

  /** A batch that was cut before, decoded anew: a handler may have changed what it was given. */
  cutAgain(progress: LaneProgress, count: number): Cut {
    const cut = this.#read(progress, count)
    invariant(cut?.count === count, `the lane holds ${cut?.count ?? 0} of ${count} records in hand`)
    return cut
  }

  /** Sequence numbers of the next `count` records. */
  sequenceNumbers(progress: LaneProgress, count: number): SequenceNumber[] {
    const decoder = this.#reading.decoderFor(this.handle, 0)
    const { records } = this.cutAgain(progress, count)
    return records.map((record) => decoder.sequenceNumberOf(record))
  }

  /** What the first record in hand is known by. */
  firstRecord(progress: LaneProgress): FirstRecord {
    const decoder = this.#reading.decoderFor(this.handle, 0)
    const [record] = this.cutAgain(progress, 1).records
    return { key: decoder.keyOf(record), sequenceNumber: decoder.sequenceNumberOf(record) }
  }

  /** Ordinal of the record `index` places behind the settled position. */
  ordinalAt(progress: LaneProgress, index: number): number {
    return this.positionAfter(progress, index + 1).ordinal
  }

  /** Arrivals of the records that `accept` takes, from the one behind `skip` on, until it takes no more. */
  arrivalsWhile(
    progress: LaneProgress,
    skip: number,
    accept: (ordinal: number, sequenceNumber: () => SequenceNumber) => boolean,
  ): number[] {
    const reader = this.#open(progress)
    const arrivals: number[] = []
    let arrived = 0
    for (let i = 0; this.#nextPassing(reader, 1); i++) {
      if (i < skip) continue
      const { ordinal } = reader
      const sequenceNumber = () =>
        this.#reading
          .decoderFor(this.handle, reader.structureCount)
          .sequenceNumberOf(this.#decode(reader))
      if (!accept(ordinal, sequenceNumber)) break
      arrived = Math.max(arrived, reader.arrivedAt)
      arrivals.push(arrived)
    }
    return arrivals
  }

  #open(progress: LaneProgress): LaneReader {
    const { reader } = this.#reading
    reader.open(this.block, this.lane, progress.settledUnits)
    return reader
  }
}
