import type { ShardWindows } from '../../core/checkpoint/shard-state.ts'
import { ANSWER_BYTES_MAX } from '../../core/function/function-error.ts'
import { NO_WINDOWS } from '../../core/window/tumbling-window.ts'

/** Words before the bytes: how often it was written, and how many bytes it holds. */
const HEAD_BYTES = 8
/** A state comes out of an answer; what stands beside it is short. @unit bytes */
const BYTES_MAX = HEAD_BYTES + ANSWER_BYTES_MAX + 1024
/** Grown by so much at least. @unit bytes */
const STEP_BYTES = 4096

/**
 * The windows of a lane, in memory that the lane's owners share: so a lane goes from thread to thread between batches,
 * and its state with it. Only the owner writes, and the poller while there is none. Address space is reserved for the
 * largest state, memory is taken as it grows.
 */
export class WindowMemory {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  #known: ShardWindows = NO_WINDOWS
  #knownVersion = 0

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory, 0, 2)
  }

  static allocate(): WindowMemory {
    return new WindowMemory(new SharedArrayBuffer(STEP_BYTES, { maxByteLength: BYTES_MAX }))
  }

  read(): ShardWindows {
    const version = Atomics.load(this.#words, 0)
    if (version === this.#knownVersion) return this.#known
    const length = Atomics.load(this.#words, 1)
    // Strings out of shared memory are ten times slower (reliability §3).
    const bytes = Buffer.from(new Uint8Array(this.memory, HEAD_BYTES, length))
    const headEnd = bytes.indexOf(0x0a)
    const { open, ...windows } = JSON.parse(bytes.toString('utf8', 0, headEnd)) as ShardWindows
    this.#known = open
      ? { ...windows, open: { ...open, state: bytes.toString('utf8', headEnd + 1) } }
      : windows
    this.#knownVersion = version
    return this.#known
  }

  write(windows: ShardWindows): void {
    const { open, ...rest } = windows
    const head = JSON.stringify({ ...rest, ...(open ? { open: { ...open, state: '' } } : {}) })
    const state = open?.state ?? ''
    const headBytes = Buffer.byteLength(head) + 1
    this.#grow(HEAD_BYTES + headBytes + Buffer.byteLength(state))
    const bytes = Buffer.from(this.memory, HEAD_BYTES)
    const length = bytes.write(`${head}\n`) + bytes.write(state, headBytes)
    Atomics.store(this.#words, 1, length)
    this.#knownVersion = Atomics.add(this.#words, 0, 1) + 1
    this.#known = windows
  }

  #grow(bytes: number): void {
    const { byteLength, maxByteLength } = this.memory
    if (bytes <= byteLength) return
    const step = Math.ceil((bytes - byteLength) / STEP_BYTES) * STEP_BYTES
    this.memory.grow(Math.min(maxByteLength, Math.max(byteLength + step, byteLength * 2)))
  }
}
