import { draw, drawShare } from './draw.ts'

/** Seed of the records and of every choice among them, unless another is asked for. Part of each report. */
export const SEED = 20_260_101

/** What a benchmark's records are like. The same description makes the same records for ever. */
export type WorkloadOptions = {
  readonly seed?: number
  /** Partition keys that the records are spread over. */
  readonly keys?: number
  /** Evenly, or by Zipf's law: key number k is `(k + 1) ** exponent` times as seldom as the first. */
  readonly skew?: 'uniform' | { readonly zipf: number }
  /** Length of the free text of an item; 600 bytes of JSON a record by default. @unit characters */
  readonly textLength?: number
  /** Shares of changes that are not an INSERT. */
  readonly mix?: { readonly modify: number; readonly remove: number }
}

/** An item as a table would hold it. */
export type GeneratedItem = {
  readonly pk: { readonly S: string }
  readonly sk: { readonly S: string }
  readonly amount: { readonly N: string }
  readonly status: { readonly S: string }
  readonly note: { readonly S: string }
  readonly tags: { readonly L: readonly { readonly S: string }[] }
}

/** A DynamoDB stream record as it is put into an embedded stream. */
export type GeneratedRecord = {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number
    readonly Keys: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } }
    readonly NewImage?: GeneratedItem
    readonly OldImage?: GeneratedItem
  }
}

const FIRST_SECOND = 1_700_000_000
const NUMBER_PREFIX = 'o-'
const KEY_PREFIX = 'cust-'

/** Seeded records, numbered from 0. Record number n is the same whichever were made before it. */
export class Workload {
  readonly seed: number
  readonly keys: number
  readonly #textLength: number
  readonly #mix: { readonly modify: number; readonly remove: number }
  readonly #keyBelow: Float64Array | undefined

  constructor(options: WorkloadOptions = {}) {
    this.seed = options.seed ?? SEED
    this.keys = options.keys ?? 10_000
    this.#textLength = options.textLength ?? 0
    this.#mix = options.mix ?? { modify: 0, remove: 0 }
    const { skew = 'uniform' } = options
    this.#keyBelow = skew === 'uniform' ? undefined : cumulate(this.keys, skew.zipf)
  }

  /** Number of the record's partition key: 0 to {@link Workload.keys}, excluded. */
  keyNumberOf(index: number): number {
    if (!this.#keyBelow) return draw(this.seed, index) % this.keys
    return lowestAbove(this.#keyBelow, drawShare(this.seed, index))
  }

  /** Item number `index`. */
  item(index: number): GeneratedItem {
    const note = `some text about the order that is a little longer ${index}`
    return {
      pk: { S: partitionKeyOf(this.keyNumberOf(index)) },
      sk: { S: NUMBER_PREFIX + index },
      amount: { N: String(draw(this.seed + 1, index) % 1000) },
      status: { S: 'PLACED' },
      note: { S: note.padEnd(this.#textLength, '.') },
      tags: { L: [{ S: 'a' }, { S: 'b' }] },
    }
  }

  /** Record number `index`, a change of item `index`. */
  record(index: number): GeneratedRecord {
    const item = this.item(index)
    const shared = {
      ApproximateCreationDateTime: FIRST_SECOND + (index >> 10),
      Keys: { pk: item.pk, sk: item.sk },
    }
    const share = drawShare(this.seed + 2, index)
    const { modify, remove } = this.#mix
    if (share < modify) {
      const OldImage = { ...item, status: { S: 'DRAFT' } }
      return { eventName: 'MODIFY', dynamodb: { ...shared, NewImage: item, OldImage } }
    }
    if (share < modify + remove)
      return { eventName: 'REMOVE', dynamodb: { ...shared, OldImage: item } }
    return { eventName: 'INSERT', dynamodb: { ...shared, NewImage: item } }
  }
}

/** The partition key with this number. */
export const partitionKeyOf = (keyNumber: number): string => KEY_PREFIX + keyNumber

/** Number of the record, as {@link Workload.record} was given it. */
export const recordNumberOf = (record: {
  readonly dynamodb: { readonly Keys: { readonly sk: { readonly S: string } } }
}): number => Number(record.dynamodb.Keys.sk.S.slice(NUMBER_PREFIX.length))

/** Share of the records whose key number is at most that of the element. */
function cumulate(keys: number, exponent: number): Float64Array {
  const below = Float64Array.from({ length: keys }, (_, k) => (k + 1) ** -exponent)
  for (let k = 1; k < keys; k++) below[k]! += below[k - 1]!
  const total = below[keys - 1]!
  return below.map((weight) => weight / total)
}

function lowestAbove(sorted: Float64Array, share: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! > share) high = middle
    else low = middle + 1
  }
  return low
}
