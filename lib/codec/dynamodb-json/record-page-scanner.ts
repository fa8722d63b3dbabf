import type { SequenceNumber } from '../../core/ids.ts'
import { maybeSequenceNumber } from '../../core/ids.ts'
import { JsonCursor, MalformedJsonError } from './json-cursor.ts'
import { type JsonName, jsonName } from './json-name.ts'
import { scanOrderHash } from './scan-order-hash.ts'

// hot path: once for each record.

const RECORDS = jsonName('Records')
const NEXT_ITERATOR = jsonName('NextShardIterator')
const DYNAMODB = jsonName('dynamodb')
const KEYS = jsonName('Keys')
const SEQUENCE_NUMBER = jsonName('SequenceNumber')
const CREATED = jsonName('ApproximateCreationDateTime')

/** Records in the columns before they grow: what GetRecords answers at most. @source aws-semantics §6.3 */
const COLUMN_LENGTH = 1000

/** @unit digits @source ids.ts */
const SEQUENCE_NUMBER_DIGITS_MAX = 129

/** The columns of a GetRecords answer: the port's `Page` without what is the same for each. */
export type ScannedPage = {
  readonly count: number
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly orderHashes: Uint32Array
  readonly arrivedAt: Float64Array
  readonly jsonBytes: Uint32Array
  sequenceNumberAt(index: number): SequenceNumber
}

export type ScanResult =
  | { readonly type: 'scanned'; readonly page: ScannedPage; readonly nextIterator?: string }
  | { readonly type: 'malformed'; readonly reason: string }

export type ScannerOptions = {
  /** HASH attribute of the stream's schema; absent: order is kept by the whole `Keys` (D2). */
  readonly partitionKeyName?: string
  /** What delivery adds to each record's JSON. @unit bytes */
  readonly addedBytes: number
}

const EMPTY_PAGE = Buffer.from('{"Records":[]')
const ITERATOR_AT_END = /"NextShardIterator":"([^"\\]{1,2048})"\}$/
/** @unit bytes */
const ITERATOR_MEMBER_MAX = 2100

/**
 * The next iterator of an answer with records, where it is the last member, as servers write it: a guess, made without
 * reading what comes before.
 */
export function guessNextIterator(answer: Buffer): string | undefined {
  if (answer.length < EMPTY_PAGE.length || EMPTY_PAGE.equals(answer.subarray(0, EMPTY_PAGE.length)))
    return undefined
  const end = answer.toString('latin1', Math.max(0, answer.length - ITERATOR_MEMBER_MAX))
  return ITERATOR_AT_END.exec(end)?.[1]
}

/**
 * Finds the records of GetRecords answers in the bytes, without building them: byte range, order hash, arrival,
 * sequence number. One scanner for each reader: its columns are used again, so a page is valid until the next scan.
 *
 * Malformed are: what is no JSON; records without `Keys`, `ApproximateCreationDateTime` or a decimal `SequenceNumber`;
 * sequence numbers that descend; an answer without `Records` (believed, it would end the shard).
 *
 * @source D2, D19; aws-semantics §6.1, §6.3; reliability §4.15
 */
export class RecordPageScanner {
  readonly #partitionKey: JsonName | undefined
  readonly #addedBytes: number
  #cursor = new JsonCursor(new Uint8Array(0))
  #bytes: Buffer = Buffer.alloc(0)
  #count = 0
  #starts = new Uint32Array(COLUMN_LENGTH)
  #ends = new Uint32Array(COLUMN_LENGTH)
  #orderHashes = new Uint32Array(COLUMN_LENGTH)
  #arrivedAt = new Float64Array(COLUMN_LENGTH)
  #jsonBytes = new Uint32Array(COLUMN_LENGTH)
  #digitStarts = new Uint32Array(COLUMN_LENGTH)
  #digitEnds = new Uint32Array(COLUMN_LENGTH)

  constructor({ partitionKeyName, addedBytes }: ScannerOptions) {
    this.#partitionKey = partitionKeyName === undefined ? undefined : jsonName(partitionKeyName)
    this.#addedBytes = addedBytes
  }

  /** @cost O(bytes); never throws for what the bytes hold. */
  scan(bytes: Uint8Array): ScanResult {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#cursor = new JsonCursor(this.#bytes)
    this.#count = 0
    try {
      const nextIterator = this.#scanAnswer()
      const page = this.#page()
      return { type: 'scanned', page, ...(nextIterator === undefined ? {} : { nextIterator }) }
    } catch (error) {
      if (!(error instanceof MalformedJsonError)) throw error
      return { type: 'malformed', reason: `malformed GetRecords answer: ${error.message}` }
    }
  }

  #scanAnswer(): string | undefined {
    const cursor = this.#cursor
    let nextIterator: string | undefined
    let hasRecords = false
    if (cursor.enterObject()) {
      do {
        cursor.readName()
        if (cursor.textIs(RECORDS)) {
          if (hasRecords) throw cursor.malformed('Records twice')
          hasRecords = true
          this.#scanRecords()
        } else if (cursor.textIs(NEXT_ITERATOR)) {
          nextIterator = this.#nextIterator()
        } else cursor.skipValue()
      } while (cursor.nextMember())
    }
    cursor.end()
    if (!hasRecords) throw cursor.malformed('no Records')
    return nextIterator
  }

  #scanRecords(): void {
    if (!this.#cursor.enterArray()) return
    do this.#scanRecord()
    while (this.#cursor.nextElement())
  }

  #nextIterator(): string | undefined {
    const cursor = this.#cursor
    if (cursor.skipNull()) return undefined
    cursor.readString()
    if (cursor.textStart === cursor.textEnd) throw cursor.malformed('an empty NextShardIterator')
    return cursor.text()
  }

  #scanRecord(): void {
    const cursor = this.#cursor
    const index = this.#count
    if (index === this.#starts.length) this.#grow()
    this.#digitStarts[index] = this.#digitEnds[index] = 0
    this.#arrivedAt[index] = Number.NaN
    const start = cursor.startOfValue()
    let hasKeys = false
    if (cursor.enterObject()) {
      do {
        cursor.readName()
        if (cursor.textIs(DYNAMODB)) hasKeys = this.#scanStreamRecord(index)
        else cursor.skipValue()
      } while (cursor.nextMember())
    }
    if (!hasKeys) throw cursor.malformed('a record without Keys')
    if (!Number.isFinite(this.#arrivedAt[index]))
      throw cursor.malformed('a record without ApproximateCreationDateTime')
    this.#checkSequence(index)
    this.#starts[index] = start
    this.#ends[index] = cursor.at
    this.#jsonBytes[index] = cursor.at - start + this.#addedBytes
    this.#count++
  }

  #scanStreamRecord(index: number): boolean {
    const cursor = this.#cursor
    let hasKeys = false
    if (!cursor.enterObject()) return false
    do {
      cursor.readName()
      if (cursor.textIs(KEYS)) {
        this.#orderHashes[index] = scanOrderHash(cursor, this.#partitionKey)
        hasKeys = true
      } else if (cursor.textIs(SEQUENCE_NUMBER)) {
        cursor.readString()
        this.#digitStarts[index] = cursor.textStart
        this.#digitEnds[index] = cursor.textEnd
      } else if (cursor.textIs(CREATED)) {
        this.#arrivedAt[index] = Math.round(cursor.readNumber() * 1000)
      } else cursor.skipValue()
    } while (cursor.nextMember())
    return hasKeys
  }

  #checkSequence(index: number): void {
    const end = this.#digitEnds[index]!
    let start = this.#digitStarts[index]!
    if (end === start) throw this.#cursor.malformed('a record without SequenceNumber')
    for (let i = start; i < end; i++) {
      const byte = this.#bytes[i]!
      if (byte < 0x30 || byte > 0x39)
        throw this.#cursor.malformed('a SequenceNumber that is not decimal')
    }
    while (start < end - 1 && this.#bytes[start] === 0x30) start++
    if (end - start > SEQUENCE_NUMBER_DIGITS_MAX)
      throw this.#cursor.malformed('a SequenceNumber that is too long')
    this.#digitStarts[index] = start
    if (index > 0 && this.#isBelow(index, index - 1))
      throw this.#cursor.malformed('sequence numbers that descend')
  }

  #isBelow(index: number, other: number): boolean {
    const start = this.#digitStarts[index]!
    const otherStart = this.#digitStarts[other]!
    const length = this.#digitEnds[index]! - start
    const otherLength = this.#digitEnds[other]! - otherStart
    if (length !== otherLength) return length < otherLength
    for (let i = 0; i < length; i++) {
      const difference = this.#bytes[start + i]! - this.#bytes[otherStart + i]!
      if (difference !== 0) return difference < 0
    }
    return false
  }

  #page(): ScannedPage {
    const bytes = this.#bytes
    const digitStarts = this.#digitStarts
    const digitEnds = this.#digitEnds
    return {
      count: this.#count,
      bytes,
      starts: this.#starts,
      ends: this.#ends,
      orderHashes: this.#orderHashes,
      arrivedAt: this.#arrivedAt,
      jsonBytes: this.#jsonBytes,
      sequenceNumberAt: (index) =>
        maybeSequenceNumber(bytes.toString('latin1', digitStarts[index], digitEnds[index]))!,
    }
  }

  #grow(): void {
    this.#starts = grownWords(this.#starts)
    this.#ends = grownWords(this.#ends)
    this.#orderHashes = grownWords(this.#orderHashes)
    this.#jsonBytes = grownWords(this.#jsonBytes)
    this.#digitStarts = grownWords(this.#digitStarts)
    this.#digitEnds = grownWords(this.#digitEnds)
    const arrivedAt = new Float64Array(this.#arrivedAt.length * 2)
    arrivedAt.set(this.#arrivedAt)
    this.#arrivedAt = arrivedAt
  }
}

function grownWords(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(words.length * 2)
  grown.set(words)
  return grown
}
