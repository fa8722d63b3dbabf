import { compareSequenceNumbers, type SequenceNumber } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ReadResult, ReadStart, ShardReader } from '../../ports/stream-source.ts'
import { type BatchPlace, OpenBatch } from './open-batch.ts'
import type { RecordAllowance } from './record-allowance.ts'

/** @unit records */
const RECORDS_PER_PAGE_MAX = 1000

export type ReaderParts = {
  /** Of one shard, by their first record. */
  readonly batches: readonly BatchPlace[]
  readonly partitionKeyName: string | undefined
  /** The stored event of a batch. */
  readonly load: (id: string) => string | undefined
  readonly allowance: RecordAllowance
  readonly clock: Clock
}

/**
 * Reads the batches of one shard as one sequence: those of several lanes lie in one another, and a record that failed
 * twice, as after a position was set back, comes once.
 */
export class FailedBatchReader implements ShardReader {
  readonly #parts: ReaderParts
  #position: SequenceNumber | null
  /** Index of the first batch that was not opened. */
  #unopened = 0
  #open: OpenBatch[] = []
  #isClosed = false
  #takeBack: (() => void) | undefined

  constructor(parts: ReaderParts, start: ReadStart) {
    this.#parts = parts
    this.#position = start.type === 'after' ? start.sequenceNumber : null
  }

  read(): ReadResult {
    if (this.#isClosed) return refused('the reader is closed')
    try {
      return this.#page()
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error))
    }
  }

  /** After `empty`, which only the rate brings about. */
  onArrival(arrived: () => void): () => void {
    const { clock, allowance } = this.#parts
    this.#takeBack = clock.at(allowance.nextAt(clock.now()), arrived)
    return this.#takeBack
  }

  close(): void {
    this.#takeBack?.()
    this.#isClosed = true
    this.#open = []
  }

  #page(): ReadResult {
    const batch = this.#next()
    if (batch === undefined) return { type: 'closed' }
    const { allowance, clock } = this.#parts
    const bound = this.#heads(batch).reduce(lower, this.#firstUnopened)
    // At least this one: it may be the head of another batch too, which then passes over it.
    const count = Math.max(1, batch.countBefore(bound, RECORDS_PER_PAGE_MAX))
    const allowed = allowance.take(count, clock.now())
    if (allowed === 0) return { type: 'empty' }
    const page = batch.take(allowed, clock.now())
    this.#position = page.sequenceNumberAt(allowed - 1)
    return { type: 'page', page }
  }

  /** The batch that has the next record. */
  #next(): OpenBatch | undefined {
    this.#drop()
    while (true) {
      const head = this.#heads().reduce(lower, undefined)
      const first = this.#firstUnopened
      if (first === undefined || (head !== undefined && compareSequenceNumbers(head, first) < 0)) {
        return this.#open.find((batch) => batch.head === head)
      }
      this.#openNext()
    }
  }

  #drop(): void {
    for (const batch of this.#open) batch.skipTo(this.#position)
    this.#open = this.#open.filter(({ head }) => head !== undefined)
  }

  #openNext(): void {
    const { batches, load, partitionKeyName } = this.#parts
    const place = batches[this.#unopened++]!
    if (this.#position && compareSequenceNumbers(place.lastSequenceNumber, this.#position) <= 0)
      return
    const payload = load(place.id)
    if (payload === undefined) throw new Error(`failed batch ${place.id} is gone`)
    this.#open.push(new OpenBatch(place, payload, partitionKeyName))
    this.#drop()
  }

  get #firstUnopened(): SequenceNumber | undefined {
    return this.#parts.batches[this.#unopened]?.firstSequenceNumber
  }

  #heads(except?: OpenBatch): readonly (SequenceNumber | undefined)[] {
    return this.#open.filter((batch) => batch !== except).map(({ head }) => head)
  }
}

function lower(
  a: SequenceNumber | undefined,
  b: SequenceNumber | undefined,
): SequenceNumber | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareSequenceNumbers(a, b) <= 0 ? a : b
}

const refused = (reason: string): ReadResult => ({
  type: 'failed',
  failure: { type: 'refused', reason },
})
