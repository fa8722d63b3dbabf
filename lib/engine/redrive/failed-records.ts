import {
  compareSequenceNumbers,
  type MappingUuid,
  maybeSequenceNumber,
  type SequenceNumber,
  type ShardId,
  type StreamArn,
} from '../../core/ids.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'

type Place = {
  readonly id: string
  readonly first: SequenceNumber
  readonly last: SequenceNumber
}

/** Which records of a stream are in the failed-batch store. Batches that are added later are not seen. */
export class FailedRecords {
  readonly #store: EngineStore
  readonly #places = new Map<ShardId, Place[]>()
  readonly #numbers = new Map<string, ReadonlySet<SequenceNumber>>()

  constructor(store: EngineStore, mapping: MappingUuid, streamArn: StreamArn) {
    this.#store = store
    for (const { id, facts } of store.failedSummaries()) {
      if (facts.mapping !== mapping || facts.streamArn !== streamArn || facts.recordCount === 0)
        continue
      const places = this.#places.get(facts.shardId) ?? []
      places.push({ id, first: facts.firstSequenceNumber, last: facts.lastSequenceNumber })
      this.#places.set(facts.shardId, places)
    }
  }

  has(shardId: ShardId, sequenceNumber: SequenceNumber): boolean {
    return (this.#places.get(shardId) ?? []).some(
      ({ id, first, last }) =>
        compareSequenceNumbers(first, sequenceNumber) <= 0 &&
        compareSequenceNumbers(sequenceNumber, last) <= 0 &&
        this.#numbersOf(id).has(sequenceNumber),
    )
  }

  #numbersOf(id: string): ReadonlySet<SequenceNumber> {
    const known = this.#numbers.get(id)
    if (known) return known
    const payload = this.#store.failedBatch(id)?.failed.payload
    const numbers = new Set(payload === undefined ? [] : sequenceNumbersOf(payload))
    this.#numbers.set(id, numbers)
    return numbers
  }
}

/** The sequence numbers of a stored event's records. */
export function sequenceNumbersOf(payload: string): readonly SequenceNumber[] {
  const { Records: records = [] } = JSON.parse(payload) as {
    readonly Records?: readonly { readonly dynamodb: { readonly SequenceNumber: string } }[]
  }
  return records.map(({ dynamodb }) => maybeSequenceNumber(dynamodb.SequenceNumber)!)
}
