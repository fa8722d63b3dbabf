import { RecordPageScanner } from '../../codec/dynamodb-json/record-page-scanner.ts'
import { wasSettled } from '../../core/checkpoint/settled.ts'
import type { ShardState } from '../../core/checkpoint/shard-state.ts'
import { addCounts, type LedgerCounts, NO_COUNTS } from '../../core/ledger/ledger.ts'
import type { RedriveStream, RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'

type Store = Pick<EngineStore, 'loadShards' | 'redriveBatches' | 'failedBatch'>

/** Batches that a task holds and of which every record is settled, as the store says. */
export function settledBatches(store: Store, task: RedriveTask): ReadonlySet<string> {
  const settled = new Set<string>()
  const shards = new Map(
    task.streams.map((stream) => [
      stream.streamArn,
      {
        stream,
        states: [...store.loadShards(stream.uuid).values()],
      },
    ]),
  )
  for (const { id, facts } of store.redriveBatches(task.id)) {
    const shard = shards.get(facts.streamArn)
    const found = shard?.states.find(({ address }) => address.shardId === facts.shardId)
    const payload = found && store.failedBatch(id)?.failed.payload
    if (shard && payload && isWholeSettled(payload, found.state, shard.stream)) settled.add(id)
  }
  return settled
}

/** What a task has done, as the store says: also while no engine runs it. */
export function countsOf(store: Pick<Store, 'loadShards'>, task: RedriveTask): LedgerCounts {
  if (task.state !== 'running') return task.counts
  return task.streams
    .flatMap(({ uuid }) => [...store.loadShards(uuid).values()])
    .reduce((sum, { state }) => addCounts(sum, state.counts), NO_COUNTS)
}

function isWholeSettled(
  payload: string,
  state: ShardState,
  { partitionKeyName }: RedriveStream,
): boolean {
  const schema = partitionKeyName === undefined ? {} : { partitionKeyName }
  const scanned = new RecordPageScanner({ addedBytes: 0, ...schema }).scan(Buffer.from(payload))
  if (scanned.type === 'malformed') return false
  const { count, orderHashes, sequenceNumberAt } = scanned.page
  for (let i = 0; i < count; i++)
    if (!wasSettled(state, orderHashes[i]!, sequenceNumberAt(i))) return false
  return true
}
