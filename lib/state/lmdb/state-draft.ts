import { type EncodedFailedBatch, FAILED_BATCH_VERSION } from '../../codec/failed-batch.ts'
import { pack } from '../../codec/message-pack.ts'
import { seal } from '../../codec/sealed-value.ts'
import { nextFailedBatchId } from '../../core/destination/failed-batch-id.ts'
import type { EpochMs } from '../../core/ids.ts'
import type { TableName } from './layout.ts'
import type { StateEnvironment } from './state-environment.ts'
import {
  keysOf,
  RECORD_VERSION,
  readOutboxEntry,
  readPurgeableBytes,
  readTotals,
  type StoredOutboxEntry,
  type StoredTotals,
  TOTALS_KEY,
} from './state-reading.ts'

/** One write; without a value, a removal. */
type Operation = { readonly table: TableName; readonly key: Buffer; readonly value?: Buffer }

/** A discard with its bytes made: nothing can go wrong any more when it gets its id. */
export type PreparedDiscard = EncodedFailedBatch & {
  readonly discardedAt: EpochMs
  readonly destination?: string
}

/**
 * What the next transaction will write. Ids and totals go on from the last committed transaction, which is right
 * because there is one writer and it has one transaction under way; a draft that fails leaves nothing behind.
 */
export class StateDraft {
  readonly #state: StateEnvironment
  readonly #operations: Operation[] = []
  readonly #totalsBefore: StoredTotals
  #totals: StoredTotals

  constructor(state: StateEnvironment) {
    this.#state = state
    this.#totals = this.#totalsBefore = readTotals(state)
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    this.#operations.push({ table, key, value })
  }

  /** Stores a failed batch and, where it has a destination, its outbox entry (D16). */
  addDiscard(discard: PreparedDiscard): void {
    const id = nextFailedBatchId(this.#totals.lastId, discard.discardedAt)
    const key = Buffer.from(id, 'latin1')
    const bytes = discard.facts.length + discard.payload.length
    this.put('failed', key, seal(key, FAILED_BATCH_VERSION, discard.facts))
    this.put('payloads', key, seal(key, FAILED_BATCH_VERSION, discard.payload))
    if (discard.destination === undefined) this.#putRecord('purgeable', key, bytes)
    else {
      const entry: StoredOutboxEntry = { destination: discard.destination, bytes }
      this.#putRecord('outbox', key, entry)
    }
    const { count, bytes: before, purgedCount } = this.#totals
    this.#totals = { count: count + 1, bytes: before + bytes, purgedCount, lastId: id }
  }

  /** Takes an entry out of the outbox; the batch stays in the failed-batch store and may be purged from now on. */
  removeDelivered(id: string): void {
    const key = Buffer.from(id, 'latin1')
    const entry = readOutboxEntry(this.#state, key)
    if (entry === undefined) return // delivered twice
    this.#operations.push({ table: 'outbox', key })
    this.#putRecord('purgeable', key, entry.bytes)
  }

  /**
   * Purges the oldest batches until at most `bytesMax` remain. Kept nevertheless: what the outbox has not delivered
   * (D16: it must not be lost), and what this draft itself adds, which is next in turn.
   */
  purge(bytesMax: number): void {
    if (this.#totals.bytes <= bytesMax) return
    for (const key of keysOf(this.#state, 'purgeable')) {
      this.#operations.push(
        { table: 'purgeable', key },
        { table: 'failed', key },
        { table: 'payloads', key },
      )
      const { count, bytes, purgedCount, ...rest } = this.#totals
      const purgedBytes = readPurgeableBytes(this.#state, key)
      this.#totals = {
        ...rest,
        count: count - 1,
        bytes: bytes - purgedBytes,
        purgedCount: purgedCount + 1,
      }
      if (this.#totals.bytes <= bytesMax) return
    }
  }

  /** Writes everything. Must run inside a write transaction or a conditional block. */
  write(): void {
    const { meta, tables } = this.#state
    for (const { table, key, value } of this.#operations) {
      // The write is conditional as a whole and its promise is the block's: these two resolve with it.
      if (value === undefined) void tables[table].remove(key)
      else void tables[table].put(key, value)
    }
    if (this.#totals === this.#totalsBefore) return
    void meta.put(TOTALS_KEY, seal(TOTALS_KEY, RECORD_VERSION, pack(this.#totals)))
  }

  #putRecord(table: TableName, key: Buffer, value: unknown): void {
    this.put(table, key, seal(key, RECORD_VERSION, pack(value)))
  }
}
