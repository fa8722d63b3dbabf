import { ShardBuffer } from './shard-buffer.ts'

/** What idle buffers of a stream may hold together. @unit bytes @source our choice */
const IDLE_BYTES_MAX = 16 * 1024 * 1024

/** Buffers for the shards that have records waiting: what a stream holds does not grow with its idle shards. */
export class BufferPool {
  readonly #idle: ShardBuffer[] = []
  #idleBytes = 0

  take(): ShardBuffer {
    const buffer = this.#idle.pop()
    if (!buffer) return new ShardBuffer()
    this.#idleBytes -= buffer.heldBytes
    return buffer
  }

  /** @param buffer empty. */
  giveBack(buffer: ShardBuffer): void {
    if (this.#idleBytes + buffer.heldBytes > IDLE_BYTES_MAX) return
    this.#idleBytes += buffer.heldBytes
    this.#idle.push(buffer)
  }
}
