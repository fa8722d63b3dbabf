/** Which shards DescribeStream is asked for. */
export type ShardSelection = {
  readonly limit: number
  /** The last shard of the page before. */
  readonly exclusiveStartShardId?: string | undefined
  /** Only children of this shard. */
  readonly parentShardId?: string | undefined
}

/** A page, and the last of it where more follow. */
export type ListingPage<Item> = { readonly page: readonly Item[]; readonly last?: Item }

/**
 * One page of the shards of a stream: parents before their children, and in the same order as long as the stream lives, so
 * that pages are cuts of one list. After a shard that is not there comes nothing, as on AWS.
 * @source aws-semantics §6.3
 */
export function shardPage<
  Shard extends { readonly shardId: string; readonly parentShardId?: string },
>(
  shards: readonly Shard[],
  { limit, exclusiveStartShardId, parentShardId }: ShardSelection,
): ListingPage<Shard> {
  const before = shards.findIndex(({ shardId }) => shardId === exclusiveStartShardId)
  if (exclusiveStartShardId !== undefined && before < 0) return { page: [] }
  const rest = shards.slice(before + 1)
  const wanted =
    parentShardId === undefined
      ? rest
      : rest.filter((shard) => shard.parentShardId === parentShardId)
  return cut(wanted, limit)
}

/** One page of the streams, in the order of their ARNs: one that is made meanwhile moves no other to another page. */
export function streamPage<Stream extends { readonly streamArn: string }>(
  streams: readonly Stream[],
  selection: { readonly limit: number; readonly exclusiveStartStreamArn?: string | undefined },
): ListingPage<Stream> {
  const { limit, exclusiveStartStreamArn = '' } = selection
  const rest = streams
    .filter(({ streamArn }) => streamArn > exclusiveStartStreamArn)
    .sort((a, b) => (a.streamArn < b.streamArn ? -1 : 1))
  return cut(rest, limit)
}

function cut<Item>(items: readonly Item[], limit: number): ListingPage<Item> {
  const page = items.slice(0, limit)
  const last = page.at(-1)
  return page.length === items.length || last === undefined ? { page } : { page, last }
}
