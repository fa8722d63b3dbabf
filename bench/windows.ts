import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs, MappingUuid, SequenceNumber, ShardId, StreamArn } from '../lib/core/ids.ts'
import { NO_COUNTS } from '../lib/core/ledger/ledger.ts'
import { WINDOW_STATE_BYTES_MAX } from '../lib/core/limits.ts'
import type { StateChange } from '../lib/ports/state-store.ts'
import { openLmdbStateStore } from '../lib/state/lmdb/lmdb-state-store.ts'
import { type Benchmark, medianFigure } from './figure.ts'
import { nowNs } from './stamps.ts'
import { perSecond, summarize } from './statistics.ts'

/** Shards of a mapping whose windows are saved together, as they are when they are busy at the same time. */
const SHARDS = 8
const ROUNDS = 40
const MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa' as MappingUuid

/**
 * `windowStatesSaved`: states of 1 MB that the state store makes durable in a second, of eight shards in a commit; beside
 * it what one shard alone gets, and `windowStatesVersusDisk`: the same bytes in plain synced writes of a file.
 */
export const windows: Benchmark = async ({ scratch, runs, signal, progress }) => {
  // Nothing that a disk could make smaller.
  const state = JSON.stringify(
    randomBytes(WINDOW_STATE_BYTES_MAX / 2)
      .toString('hex')
      .slice(2),
  )
  const together: number[] = []
  const alone: number[] = []
  const versusDisk: number[] = []
  for (let run = 0; run <= runs; run++) {
    signal.throwIfAborted()
    const eight = await saveStates(scratch, state, SHARDS)
    const plain = await writePlain(scratch, state)
    const one = await saveStates(scratch, state, 1)
    progress(
      `windows, ${run === 0 ? 'warm-up' : `run ${run}`}: ${Math.round(eight)}/s, ${Math.round(plain)}/s plainly`,
    )
    if (run === 0) continue
    together.push(eight)
    alone.push(one)
    versusDisk.push(eight / plain)
  }
  return {
    windowStatesSaved: medianFigure(
      summarize(together),
      { unit: 'states/s', bound: { atLeast: 300 } },
      { shardsInCommit: SHARDS, stateBytes: state.length, oneShardAlone: summarize(alone) },
    ),
    windowStatesVersusDisk: medianFigure(summarize(versusDisk), { unit: 'ratio' }),
  }
}

async function saveStates(scratch: string, state: string, shards: number): Promise<number> {
  const directory = mkdtempSync(join(scratch, 'windows-'))
  const store = await openLmdbStateStore({ directory, failedBatchBytesMax: 1 << 20 })
  const begunNs = nowNs()
  for (let round = 1; round <= ROUNDS; round++)
    await store.save(Array.from({ length: shards }, (_, shard) => change(shard, round, state)))
  const endedNs = nowNs()
  await store.close()
  rmSync(directory, { recursive: true })
  return perSecond(ROUNDS * shards, endedNs - begunNs)
}

function change(shard: number, round: number, state: string): StateChange {
  const mark = String(round) as SequenceNumber
  const end = 10_000 as EpochMs
  return {
    address: {
      mapping: MAPPING,
      streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l' as StreamArn,
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
        open: { start: 0 as EpochMs, end, state, lastArrivedAt: round },
      },
    },
  }
}

/** What the disk itself gives: the same bytes to new places of a file, synced as often. */
async function writePlain(scratch: string, state: string): Promise<number> {
  const directory = mkdtempSync(join(scratch, 'windows-'))
  const file = await open(join(directory, 'plain'), 'w')
  const bytes = Buffer.from(state.repeat(SHARDS))
  const begunNs = nowNs()
  for (let round = 0; round < ROUNDS; round++) {
    await file.write(bytes, 0, bytes.length, round * bytes.length)
    await file.datasync()
  }
  const endedNs = nowNs()
  await file.close()
  rmSync(directory, { recursive: true })
  return perSecond(ROUNDS * SHARDS, endedNs - begunNs)
}
