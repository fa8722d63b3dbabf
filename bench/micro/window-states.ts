import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  EpochMs,
  MappingUuid,
  SequenceNumber,
  ShardId,
  StreamArn,
} from '../../lib/core/ids.ts'
import { NO_COUNTS } from '../../lib/core/ledger/ledger.ts'
import type { StateChange } from '../../lib/ports/state-store.ts'
import { openLmdbStateStore } from '../../lib/state/lmdb/lmdb-state-store.ts'
import { nowNs } from '../audit/handler-log.ts'
import { perSecond } from '../suite/statistics.ts'

const MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa' as MappingUuid
const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l' as StreamArn
const WINDOW_END = 10_000 as EpochMs
const FAILED_BATCH_BYTES_MAX = 1024 * 1024

/** States that are saved together, again and again. */
export type StateRounds = {
  /** A state as JSON. */
  readonly state: string
  /** Of a mapping, that are in one commit. */
  readonly shards: number
  readonly rounds: number
}

/** The state store alone, to disk. @returns states/s. */
export async function saveStates(
  parent: string,
  { state, shards, rounds }: StateRounds,
): Promise<number> {
  const directory = mkdtempSync(join(parent, 'states-'))
  const store = await openLmdbStateStore({
    directory,
    failedBatchBytesMax: FAILED_BATCH_BYTES_MAX,
  })
  const begunNs = nowNs()
  for (let round = 1; round <= rounds; round++)
    await store.save(Array.from({ length: shards }, (_, shard) => change(shard, round, state)))
  const endedNs = nowNs()
  await store.close()
  rmSync(directory, { recursive: true })
  return perSecond(rounds * shards, endedNs - begunNs)
}

function change(shard: number, round: number, state: string): StateChange {
  const mark = String(round) as SequenceNumber
  return {
    address: {
      mapping: MAPPING,
      streamArn: STREAM,
      label: 'l',
      shardId: `shardId-0000000000000000000${shard}` as ShardId,
    },
    discards: [],
    state: {
      mark,
      generations: [{ factor: 1, positions: [mark] }],
      stacks: {},
      counts: NO_COUNTS,
      start: { type: 'trim-horizon' },
      finished: false,
      windows: {
        closedUntil: 0,
        lateRecords: 0,
        open: { start: 0 as EpochMs, end: WINDOW_END, state, lastArrivedAt: round },
      },
    },
  }
}

/** What the disk itself gives: the same bytes to new places of a file, synced as often. @returns states/s. */
export async function writePlain(
  parent: string,
  { state, shards, rounds }: StateRounds,
): Promise<number> {
  const directory = mkdtempSync(join(parent, 'states-'))
  const file = await open(join(directory, 'plain'), 'w')
  const bytes = Buffer.from(state.repeat(shards))
  const begunNs = nowNs()
  for (let round = 0; round < rounds; round++) {
    await file.write(bytes, 0, bytes.length, round * bytes.length)
    await file.datasync()
  }
  const endedNs = nowNs()
  await file.close()
  rmSync(directory, { recursive: true })
  return perSecond(rounds * shards, endedNs - begunNs)
}
