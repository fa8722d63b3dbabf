import type { LaneReader } from '../lane-memory/lane-reader.ts'

/** Serialized events stay below this. @unit bytes @source aws-semantics §2 */
export const EVENT_BYTES_MAX = 6 * 1024 * 1024
/** `{"Records":[` and `]}`. */
export const EVENT_FRAME_BYTES = 14

/** A batch while it is read, up to the size that an event may have. */
export class EventBatch {
  readonly records: unknown[] = []
  readonly arrivals: number[] = []
  tooLarge = false
  #bytes: number
  #arrived = 0

  /** @param frameBytes what the event holds beside its records. */
  constructor(frameBytes: number) {
    this.#bytes = frameBytes
  }

  /** @returns false when the event would become too large. A single record is taken all the same. */
  take(record: unknown, { jsonBytes, arrivedAt }: LaneReader): boolean {
    const bytes = this.#bytes + jsonBytes + 1
    if (bytes > EVENT_BYTES_MAX) {
      if (this.records.length > 0) return false
      this.tooLarge = true
    }
    this.#bytes = bytes
    this.records.push(record)
    if (arrivedAt > this.#arrived) this.#arrived = arrivedAt
    this.arrivals.push(this.#arrived)
    return true
  }
}
