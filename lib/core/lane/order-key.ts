/** A key attribute as DynamoDB writes it: one member, named by the type letter `S`, `N` or `B`. */
export type KeyAttribute = Readonly<Record<string, unknown>>

/**
 * The canonical order key of a record's `Keys`.
 *
 * @param partitionKeyName The HASH attribute of the stream's schema, where one is known.
 * @returns `<type letter>:<value>` of the partition key; or, where no schema is known or the record does not carry
 *   that attribute, the JSON of the whole `Keys` object with its names sorted by code unit.
 * @source D2
 */
export function canonicalOrderKey(
  keys: Readonly<Record<string, KeyAttribute>>,
  partitionKeyName?: string,
): string {
  if (partitionKeyName !== undefined && Object.hasOwn(keys, partitionKeyName)) {
    const attribute = keys[partitionKeyName]!
    for (const letter of ['S', 'N', 'B']) {
      const value = attribute?.[letter]
      if (typeof value === 'string') return `${letter}:${value}`
    }
  }
  const members = Object.keys(keys)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(keys[name])}`)
  return `{${members.join(',')}}`
}
