import { type EncodedFailedBatch, FAILED_BATCH_VERSION } from '../../codec/failed-batch.ts'
import { pack } from '../../codec/message-pack.ts'
import { seal } from '../../codec/sealed-value.ts'
import { nextFailedBatchId } from '../../core/destination/failed-batch-id.ts'
import type { EpochMs } from '../../core/ids.ts'
import {
  readClaim,
  readOutboxEntry,
  readPurgeableBytes,
  type StoredClaim,
  type StoredOutboxEntry,
} from './failed-reading.ts'
import type { TableName } from './layout.ts'
import type { StateEnvironment } from './state-environment.ts'
import {
  keysOf,
  RECORD_VERSION,
  readTotals,
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

/** Where a failed batch stands: each is purgeable, or waits for its destination, or is held by a redrive, or both. */
type Standing = {
  readonly purgeable?: number
  readonly outbox?: StoredOutboxEntry
  readonly claim?: StoredClaim
}

/**
 * What the next transaction will write. Ids and totals go on from the last committed transaction, which is right
 * because there is one writer and it has one transaction under way; a draft that fails leaves nothing behind.
 */
export class StateDraft {
  readonly #state: StateEnvironment
  readonly #operations: Operation[] = []
  readonly #totalsBefore: StoredTotals
  /** Where batches stand that this draft has moved: what was committed says it no longer. */
  readonly #standings = new Map<string, Standing>()
  #totals: StoredTotals

  constructor(state: StateEnvironment) {
    this.#state = state
    this.#totals = this.#totalsBefore = readTotals(state)
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    this.#operations.push({ table, key, value })
  }

  /** Stores a value that is a plain MessagePack map. */
  putRecord(table: TableName, key: Buffer, value: unknown): void {
    this.put(table, key, seal(key, RECORD_VERSION, pack(value)))
  }

  remove(table: TableName, key: Buffer): void {
    this.#operations.push({ table, key })
  }

  /** Stores a failed batch and, where it has a destination, its outbox entry (D16). */
  addDiscard(discard: PreparedDiscard): void {
    const id = nextFailedBatchId(this.#totals.lastId, discard.discardedAt)
    const key = Buffer.from(id, 'latin1')
    const bytes = discard.facts.length + discard.payload.length
    this.put('failed', key, seal(key, FAILED_BATCH_VERSION, discard.facts))
    this.put('payloads', key, seal(key, FAILED_BATCH_VERSION, discard.payload))
    if (discard.destination === undefined) this.putRecord('purgeable', key, bytes)
    else {
      const entry: StoredOutboxEntry = { destination: discard.destination, bytes }
      this.putRecord('outbox', key, entry)
    }
    const { count, bytes: before, purgedCount } = this.#totals
    this.#totals = { count: count + 1, bytes: before + bytes, purgedCount, lastId: id }
  }

  /** Takes an entry out of the outbox; the batch stays in the failed-batch store, unless it was redriven meanwhile. */
  removeDelivered(id: string): void {
    const key = Buffer.from(id, 'latin1')
    const { outbox, claim } = this.#standing(key)
    if (outbox === undefined) return // delivered twice
    if (claim?.settled) this.#drop(key, outbox.bytes)
    else if (claim !== undefined) this.#move(key, { claim })
    else this.#move(key, { purgeable: outbox.bytes })
  }

  /** Keeps a batch for a redrive. @returns whether it was there and free. */
  claim(id: string, task: string): boolean {
    const key = Buffer.from(id, 'latin1')
    const { purgeable, outbox, claim } = this.#standing(key)
    const bytes = purgeable ?? outbox?.bytes
    if (claim !== undefined || bytes === undefined) return false
    this.#move(key, { ...(outbox ? { outbox } : {}), claim: { task, bytes } })
    return true
  }

  /** A redrive ends: the batch leaves, with its report where that still waits; or it is free again. */
  endClaim(id: string, how: 'settled' | 'released'): void {
    const key = Buffer.from(id, 'latin1')
    const { outbox, claim } = this.#standing(key)
    if (claim === undefined) return
    if (how === 'released') this.#move(key, outbox ? { outbox } : { purgeable: claim.bytes })
    else if (outbox) this.#move(key, { outbox, claim: { ...claim, settled: true } })
    else this.#drop(key, claim.bytes)
  }

  /** Removes a batch that nothing needs. @returns its bytes; 0 where it is not there, or needed. */
  removeFailed(id: string): number {
    const key = Buffer.from(id, 'latin1')
    const { purgeable } = this.#standing(key)
    if (purgeable === undefined) return 0
    this.#drop(key, purgeable)
    return purgeable
  }

  /**
   * Purges the oldest batches until at most `bytesMax` remain. Kept nevertheless: what the outbox has not delivered
   * (D16: it must not be lost), what a redrive holds, and what this draft itself adds, which is next in turn.
   */
  purge(bytesMax: number): void {
    if (this.#totals.bytes <= bytesMax) return
    for (const key of keysOf(this.#state, 'purgeable')) {
      const { purgeable } = this.#standing(key)
      if (purgeable === undefined) continue
      this.#drop(key, purgeable)
      this.#totals = { ...this.#totals, purgedCount: this.#totals.purgedCount + 1 }
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

  #standing(key: Buffer): Standing {
    const moved = this.#standings.get(key.toString('latin1'))
    if (moved !== undefined) return moved
    const purgeable = readPurgeableBytes(this.#state, key)
    // Most batches are purgeable, and then they are nothing else.
    if (purgeable !== undefined) return { purgeable }
    const outbox = readOutboxEntry(this.#state, key)
    const claim = readClaim(this.#state, key)
    return { ...(outbox ? { outbox } : {}), ...(claim ? { claim } : {}) }
  }

  #move(key: Buffer, to: Standing): void {
    const from = this.#standing(key)
    this.#standings.set(key.toString('latin1'), to)
    for (const table of ['purgeable', 'outbox', 'claims'] as const) {
      const member = table === 'claims' ? 'claim' : table
      if (to[member] !== undefined) this.putRecord(table, key, to[member])
      else if (from[member] !== undefined) this.remove(table, key)
    }
  }

  #drop(key: Buffer, batchBytes: number): void {
    this.#move(key, {})
    this.remove('failed', key)
    this.remove('payloads', key)
    const { count, bytes } = this.#totals
    this.#totals = { ...this.#totals, count: count - 1, bytes: bytes - batchBytes }
  }
}
