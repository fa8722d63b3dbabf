/**
 * The shared memory of one shard's lanes. For each lane: words (32 bit, by Atomics), two copies of its progress,
 * what is in flight, and the ring of its chunks. The poller writes `tail`, `tailCount` and the ring; who owns the
 * lane writes the rest. Positions are in units of 8 bytes, modulo 2^32.
 */

/** Indices of a lane's 32-bit words. */
export const LaneWord = {
  /** {@link LANE_IDLE}, {@link LANE_QUEUED}, or {@link LANE_OWNED} + host id. */
  owner: 0,
  /** Where the next record will be written. */
  tail: 1,
  /** Records ever written, modulo 2^32. */
  tailCount: 2,
  /** Publications of the progress; the lowest bit says which copy holds. */
  version: 3,
  /** 1 while the lane stands in the queue of settled lanes. */
  reported: 4,
  /** {@link CUT_FREE}, {@link CUT_READING}, {@link CUT_TRUNCATING}. */
  cut: 5,
  /** {@link FLIGHT_NONE}, {@link FLIGHT_RUNNING}, {@link FLIGHT_ENDED}, {@link FLIGHT_BACKING_OFF}. */
  inFlight: 6,
  attempt: 7,
  /** Four words: the request id of the invocation that runs. */
  requestId: 8,
  /** Records handed to invocations or filtered, modulo 2^32: `tailCount` minus this wait. */
  taken: 12,
  /** Position up to which the owner has read. */
  takenUnits: 13,
  /** 1 when nothing more comes for the open window: its owner makes the final call. */
  windowOver: 14,
  /** Invocations that did not begin for want of a permit, modulo 2^32. */
  throttles: 15,
} as const
const WORDS = 16

export const LANE_IDLE = 0
export const LANE_QUEUED = 1
/** Plus the host's id. */
export const LANE_OWNED = 2
/** Waits for its turn alone (D27). */
export const LANE_SUSPECTED = LANE_OWNED + 0xffff

export const FLIGHT_NONE = 0
/** The function has been called and has not answered. */
export const FLIGHT_RUNNING = 1
/** It answered; what follows from that is not saved or published yet. */
export const FLIGHT_ENDED = 2
/** Its owner tries again later: {@link FlightDouble.retryAt}. */
export const FLIGHT_BACKING_OFF = 3

export const CUT_FREE = 0
export const CUT_READING = 1
export const CUT_TRUNCATING = 2

/** Members of a lane's progress, in the order of their doubles. Counters are totals since the block was made. */
export type LaneProgress = {
  /** Ordinal of the last settled record; 0 before the first. */
  settledOrdinal: number
  /** Position after the last settled record. */
  settledUnits: number
  /** Records settled, modulo 2^32. */
  settledCount: number
  delivered: number
  filtered: number
  retries: number
  splits: number
  invocations: number
  /** Records in failed invocations, and those that a partial answer gave back. */
  failed: number
  /** Of the last record sent, when it was handed over (D17). @unit ms */
  iteratorAgeMs: number
  /** Records in invocations that have ended. */
  invoked: number
  /** Invocations that ended with a function error. */
  errors: number
  /** Of invocations that have ended. */
  durationMs: number
}
const PROGRESS_DOUBLES = 13

/** Doubles of what is in flight. */
export const FlightDouble = {
  firstOrdinal: 0,
  lastOrdinal: 1,
  deadline: 2,
  /** End of the batching window that runs; 0 = the next one begins with a record. @unit epoch ms */
  windowEnd: 3,
  /** Ordinal of the last record that the owner has taken in hand, or {@link HANDED_OVER}. */
  lastTaken: 4,
  /** Of a lane that backs off. @unit epoch ms */
  retryAt: 5,
  /** Of a lane that waits for its batch to fill: when it waits no longer. @unit epoch ms */
  gatherUntil: 6,
} as const
const FLIGHT_DOUBLES = 7

/** The lane's new owner will take batches in hand that others had before: it has not found them yet. */
export const HANDED_OVER = -1

/** Words of the block itself, before the lanes. */
export const BlockWord = {
  /** 1 while the poller will go on writing at once: lanes need not be sent in part batches. */
  moreComing: 0,
  /** 1 when nothing new may start. */
  leaving: 1,
} as const
const BLOCK_WORDS = 4

export function newProgress(): LaneProgress {
  return {
    settledOrdinal: 0,
    settledUnits: 0,
    settledCount: 0,
    delivered: 0,
    filtered: 0,
    retries: 0,
    splits: 0,
    invocations: 0,
    failed: 0,
    iteratorAgeMs: 0,
    invoked: 0,
    errors: 0,
    durationMs: 0,
  }
}

/** Typed views of one shard's block; both sides make one from the same memory. */
export class LaneBlock {
  readonly memory: SharedArrayBuffer
  readonly lanes: number
  readonly ringMask: number
  readonly words: Int32Array
  readonly #doubles: Float64Array
  readonly #doublesPerLane: number
  readonly #wordsAt: number
  readonly #ringAt: number
  readonly #doublesAt: number

  constructor(memory: SharedArrayBuffer, lanes: number, ringSize: number) {
    this.memory = memory
    this.lanes = lanes
    this.ringMask = ringSize - 1
    this.words = new Int32Array(memory)
    this.#doubles = new Float64Array(memory)
    this.#doublesPerLane = 2 * PROGRESS_DOUBLES + FLIGHT_DOUBLES
    this.#doublesAt = BLOCK_WORDS / 2
    this.#wordsAt = BLOCK_WORDS + lanes * this.#doublesPerLane * 2
    this.#ringAt = this.#wordsAt + lanes * WORDS
  }

  /** @param ringSize chunks a lane may hold, a power of two. */
  static allocate(lanes: number, ringSize: number): LaneBlock {
    const doubles = lanes * (2 * PROGRESS_DOUBLES + FLIGHT_DOUBLES)
    const words = BLOCK_WORDS + lanes * (WORDS + ringSize)
    const bytes = doubles * 8 + words * 4
    return new LaneBlock(new SharedArrayBuffer(Math.ceil(bytes / 8) * 8), lanes, ringSize)
  }

  /** Index into {@link words} of a lane's word. */
  word(lane: number, word: number): number {
    return this.#wordsAt + lane * WORDS + word
  }

  load(lane: number, word: number): number {
    return Atomics.load(this.words, this.#wordsAt + lane * WORDS + word)
  }

  store(lane: number, word: number, value: number): void {
    Atomics.store(this.words, this.#wordsAt + lane * WORDS + word, value)
  }

  /** @returns true when the word was `expected` and is `value` now. */
  swap(lane: number, word: number, expected: number, value: number): boolean {
    const index = this.#wordsAt + lane * WORDS + word
    return Atomics.compareExchange(this.words, index, expected, value) === expected
  }

  isLeaving(): boolean {
    return Atomics.load(this.words, BlockWord.leaving) === 1
  }

  isMoreComing(): boolean {
    return Atomics.load(this.words, BlockWord.moreComing) === 1
  }

  chunkAt(lane: number, slot: number): number {
    return this.words[this.#ringAt + lane * (this.ringMask + 1) + (slot & this.ringMask)]!
  }

  setChunkAt(lane: number, slot: number, chunk: number): void {
    this.words[this.#ringAt + lane * (this.ringMask + 1) + (slot & this.ringMask)] = chunk
  }

  /**
   * Publishes a lane's progress: written to the copy that is not in use, then switched by one atomic store, so that
   * a reader never sees half of it, not even when the writing thread is ended in between.
   */
  publish(lane: number, progress: LaneProgress): void {
    const version = this.load(lane, LaneWord.version) + 1
    const at = this.#progressAt(lane, version & 1)
    const doubles = this.#doubles
    doubles[at] = progress.settledOrdinal
    doubles[at + 1] = progress.settledUnits
    doubles[at + 2] = progress.settledCount
    doubles[at + 3] = progress.delivered
    doubles[at + 4] = progress.filtered
    doubles[at + 5] = progress.retries
    doubles[at + 6] = progress.splits
    doubles[at + 7] = progress.invocations
    doubles[at + 8] = progress.failed
    doubles[at + 9] = progress.iteratorAgeMs
    doubles[at + 10] = progress.invoked
    doubles[at + 11] = progress.errors
    doubles[at + 12] = progress.durationMs
    this.store(lane, LaneWord.version, version | 0)
  }

  /** Reads a lane's progress into `into`; reads again when the owner published meanwhile. */
  progress(lane: number, into: LaneProgress): LaneProgress {
    for (;;) {
      const version = this.load(lane, LaneWord.version)
      const at = this.#progressAt(lane, version & 1)
      const doubles = this.#doubles
      into.settledOrdinal = doubles[at]!
      into.settledUnits = doubles[at + 1]!
      into.settledCount = doubles[at + 2]!
      into.delivered = doubles[at + 3]!
      into.filtered = doubles[at + 4]!
      into.retries = doubles[at + 5]!
      into.splits = doubles[at + 6]!
      into.invocations = doubles[at + 7]!
      into.failed = doubles[at + 8]!
      into.iteratorAgeMs = doubles[at + 9]!
      into.invoked = doubles[at + 10]!
      into.errors = doubles[at + 11]!
      into.durationMs = doubles[at + 12]!
      if (this.load(lane, LaneWord.version) === version) return into
    }
  }

  #progressAt(lane: number, copy: number): number {
    return this.#doublesAt + lane * this.#doublesPerLane + copy * PROGRESS_DOUBLES
  }

  setFlight(lane: number, double: number, value: number): void {
    this.#doubles[this.#flightAt(lane) + double] = value
  }

  flight(lane: number, double: number): number {
    return this.#doubles[this.#flightAt(lane) + double]!
  }

  /** Ordinal of the last record in hand. */
  lastTaken(lane: number): number {
    return this.flight(lane, FlightDouble.lastTaken)
  }

  /** When the running invocation's time is up. @unit epoch ms */
  deadline(lane: number): number {
    return this.flight(lane, FlightDouble.deadline)
  }

  /** @param requestId a UUID, or anything else of 32 hex digits. */
  setRequestId(lane: number, requestId: string): void {
    const at = this.word(lane, LaneWord.requestId)
    const digits = requestId.replaceAll('-', '')
    for (let i = 0; i < 4; i++)
      this.words[at + i] = Number.parseInt(digits.slice(8 * i, 8 * i + 8), 16) | 0
  }

  requestId(lane: number): string {
    const at = this.word(lane, LaneWord.requestId)
    let digits = ''
    for (let i = 0; i < 4; i++) digits += (this.words[at + i]! >>> 0).toString(16).padStart(8, '0')
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  }

  #flightAt(lane: number): number {
    return this.#doublesAt + lane * this.#doublesPerLane + 2 * PROGRESS_DOUBLES
  }
}
