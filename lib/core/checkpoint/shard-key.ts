/**
 * One text for a shard of a mapping, different for different addresses: the key of `StateStore.loadShards`.
 */
export function shardKey(address: {
  readonly mapping: string
  readonly streamArn: string
  readonly label: string
  readonly shardId: string
}): string {
  return JSON.stringify([address.mapping, address.streamArn, address.label, address.shardId])
}
