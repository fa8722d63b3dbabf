import { recordNumberOf, type WrappedFunction } from './wrapped-function.ts'

/** Which record of a trial bears which number in its log: the stream tells where a put went when it is on disk. */
export class DeliveredRecords {
  readonly #shardIds: readonly string[]
  readonly #told: Pick<WrappedFunction, 'shards'>
  readonly #indexOf = new Map<number, number>()
  readonly #sequenceNumbers: string[] = []

  /** @param told its `shards` in the order of `shardIds`. */
  constructor(shardIds: readonly string[], told: Pick<WrappedFunction, 'shards'>) {
    this.#shardIds = shardIds
    this.#told = told
  }

  /** Records of which it is known. */
  get count(): number {
    return this.#indexOf.size
  }

  /** @param sequenceNumbers what the put of this one record answered. */
  note(index: number, sequenceNumbers: Readonly<Record<string, string>>): void {
    const [[shardId, sequenceNumber] = ['', '']] = Object.entries(sequenceNumbers)
    this.#indexOf.set(this.#numberIn(shardId, sequenceNumber), index)
    this.#sequenceNumbers[index] = sequenceNumber
  }

  /** @returns an index behind all records for a number that was never put. */
  indexOf(number: number): number {
    return this.#indexOf.get(number) ?? Number.MAX_SAFE_INTEGER
  }

  /** The record of this place in the stream. */
  indexAt(shardId: string, sequenceNumber: string): number {
    return this.indexOf(this.#numberIn(shardId, sequenceNumber))
  }

  sequenceNumberOf(index: number): string {
    return this.#sequenceNumbers[index] ?? 'unknown'
  }

  #numberIn(shardId: string, sequenceNumber: string): number {
    const prefix = this.#told.shards[this.#shardIds.indexOf(shardId)] ?? ''
    return recordNumberOf(this.#told, prefix, sequenceNumber)
  }
}
