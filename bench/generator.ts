import { orderHash } from '../lib/core/lane/lane-hash.ts'

/** Seed of the records and of every choice among them. Part of each report. */
export const SEED = 20_260_101
/** Partition keys that the records are spread over. */
export const KEY_COUNT = 10_000

/** A DynamoDB stream record as it is put into an embedded stream: some 600 bytes as JSON when it is handed out. */
export type GeneratedRecord = {
  readonly eventName: 'INSERT'
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number
    readonly Keys: { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } }
    readonly NewImage: GeneratedItem
  }
}

/** The item behind a record: what a table would hold. */
export type GeneratedItem = {
  readonly pk: { readonly S: string }
  readonly sk: { readonly S: string }
  readonly amount: { readonly N: string }
  readonly status: { readonly S: string }
  readonly note: { readonly S: string }
  readonly tags: { readonly L: readonly { readonly S: string }[] }
}

/** Item number `index`: the same for ever. Its key is drawn from {@link KEY_COUNT} by the seed. */
export function createItem(index: number): GeneratedItem {
  const drawn = orderHash(`${SEED}/${index}`)
  return {
    pk: { S: `cust-${drawn % KEY_COUNT}` },
    sk: { S: `o-${index}` },
    amount: { N: String(drawn % 1000) },
    status: { S: 'PLACED' },
    note: { S: `some text about the order that is a little longer ${index}` },
    tags: { L: [{ S: 'a' }, { S: 'b' }] },
  }
}

/** Record number `index`, whose new image is item `index`. */
export function createRecord(index: number): GeneratedRecord {
  const item = createItem(index)
  return {
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000 + (index >> 10),
      Keys: { pk: item.pk, sk: item.sk },
      NewImage: item,
    },
  }
}

/** `index` of the record, as {@link createRecord} was given it. */
export const recordNumberOf = (record: GeneratedRecord): number =>
  Number(record.dynamodb.Keys.sk.S.slice('o-'.length))

/** Number of the record's key: 0 to {@link KEY_COUNT}, excluded. */
export const keyNumberOf = (record: GeneratedRecord): number =>
  Number(record.dynamodb.Keys.pk.S.slice('cust-'.length))
