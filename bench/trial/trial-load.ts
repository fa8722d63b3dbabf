import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../lib/core/errors.ts'
import type { StreamHandle } from '../../lib/engine/stream-handle.ts'
import { openLoop, Timetable } from '../load/open-loop.ts'
import type { DeliveredRecords } from './delivered-records.ts'
import type { TrialRecords } from './trial-records.ts'

/** Puts before the next look at what is settled. */
const PUTS_AT_A_TIME = 100
const LOOK_MS = 1

/** A line of the user's file that the stream does not take. */
export class RefusedRecord extends Error {
  override readonly name = 'RefusedRecord'
}

/** What a trial puts, and for how long. */
export type TrialLoad = {
  readonly records: TrialRecords
  readonly stream: Pick<StreamHandle, 'put'>
  readonly put: DeliveredRecords
  /** Before anything counts. @unit s */
  readonly warmUpSeconds: number
  /** @unit s */
  readonly seconds: number
  readonly signal: AbortSignal
  /** The warm-up is over. */
  warm(): void
}

/** Single records at an even rate. @returns their timetable. */
export async function loadEvenly(load: TrialLoad, ratePerSecond: number): Promise<Timetable> {
  const firstCounted = Math.round(load.warmUpSeconds * ratePerSecond)
  const count = firstCounted + Math.max(1, Math.round(load.seconds * ratePerSecond))
  const timetable = new Timetable({ count, ratePerSecond })
  await openLoop(timetable, {
    prepare: (index) => {
      if (index === firstCounted) load.warm()
      return { index, record: load.records.record(index) }
    },
    put: ({ index, record }) => putOne(load, index, record),
    signal: load.signal,
  })
  return timetable
}

/** What holds back a load that has no rate. */
export type Brake = {
  /** Records that may be put and not settled. */
  readonly outstandingMax: number
  /** Records settled until now. */
  settled(): number
  /** It must end before its time. */
  isOver(): boolean
}

/** Single records as fast as they are settled. */
export async function loadFast(load: TrialLoad, brake: Brake): Promise<void> {
  const { signal, warmUpSeconds, seconds } = load
  const failures: unknown[] = []
  const begunMs = performance.now()
  const passedSeconds = (): number => (performance.now() - begunMs) / 1000
  let called = 0
  let ended = 0
  let isWarm = false
  const call = async (index: number): Promise<void> => {
    try {
      await putOne(load, index, load.records.record(index))
    } catch (error) {
      failures.push(error)
    }
    ended++
  }
  while (failures.length === 0 && !signal.aborted && !brake.isOver()) {
    if (passedSeconds() >= warmUpSeconds + seconds) break
    if (!isWarm && passedSeconds() >= warmUpSeconds) {
      isWarm = true
      load.warm()
    }
    const room = brake.outstandingMax - (called - brake.settled())
    for (let i = 0; i < Math.min(room, PUTS_AT_A_TIME); i++) void call(called++)
    if (room < PUTS_AT_A_TIME) await delay(LOOK_MS)
    else await new Promise((resolve) => setImmediate(resolve))
  }
  while (ended < called) await delay(LOOK_MS)
  if (failures.length > 0) throw failures[0]
  signal.throwIfAborted()
}

/** @throws RefusedRecord for one that is no record of the stream. */
async function putOne({ stream, put, records }: TrialLoad, index: number, record: unknown) {
  try {
    const { sequenceNumbers } = await stream.put([record])
    put.note(index, sequenceNumbers)
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'MILLRACE_RECORD_INVALID') throw error
    const line = records.lineOf ? `line ${records.lineOf(index)}` : `generated record ${index}`
    throw new RefusedRecord(`${line}: ${error.facts['reason']}`)
  }
}
