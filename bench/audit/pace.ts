import { perSecond, summarize } from '../suite/statistics.ts'
import type { LoggedInvocation } from './handler-log.ts'

/** Between these shares of the records the pace is steady: every lane has begun, and none is at its end. */
const FIRST_SHARE = 0.2
const SECOND_SHARE = 0.8
const NS_PER_MS = 1e6

/** How fast the invocations of a run came after one another. */
export type Pace = {
  /** Between two marks, where every lane works. @unit records/s */
  readonly steady: number
  /** From the first begin to the last end. @unit records/s */
  readonly whole: number
  /** Records of an invocation between the marks, on average. */
  readonly batch: number
}

/**
 * Pace of the invocations of one run. Those that cross a mark count for the part of their time that lies between the
 * marks: lanes that work in step would else give or take a whole round of batches.
 * @param invocations in the order in which they began, all of them ended; at least one.
 */
export function paceOf(invocations: readonly LoggedInvocation[]): Pace {
  const total = countRecords(invocations)
  const fromNs = invocations[0]!.begunNs
  const toNs = invocations.reduce((last, { endedNs }) => Math.max(last, endedNs), fromNs)
  const whole = perSecond(total, toNs - fromNs)
  const first = beginAt(invocations, total * FIRST_SHARE)
  const second = beginAt(invocations, total * SECOND_SHARE)
  const between = invocations.filter(({ begunNs }) => begunNs >= first && begunNs < second)
  // All began at once: there is nothing between.
  if (between.length === 0) return { steady: whole, whole, batch: total / invocations.length }
  const worked = invocations.reduce(
    (sum, invocation) => sum + invocation.records.length * shareWithin(invocation, first, second),
    0,
  )
  return {
    steady: perSecond(worked, second - first),
    whole,
    batch: countRecords(between) / between.length,
  }
}

/**
 * What passes between two batches of a lane, from the end of one handler call to the begin of the next: cutting, decoding
 * and handing over, and waiting for a thread and a processor. First and last batches of the run are left out.
 * @param laneOf lane of a record. @returns undefined where no lane had three batches. @unit ms
 */
export function betweenBatchesMs(
  invocations: readonly LoggedInvocation[],
  laneOf: (record: number) => number,
): { readonly median: number; readonly p99: number; readonly mean: number } | undefined {
  const byLane = new Map<number, LoggedInvocation[]>()
  for (const invocation of invocations) {
    const lane = laneOf(invocation.records[0]!)
    const others = byLane.get(lane)
    if (others) others.push(invocation)
    else byLane.set(lane, [invocation])
  }
  const gaps = [...byLane.values()].flatMap((lane) =>
    lane.slice(1, -1).map(({ begunNs }, i) => (begunNs - lane[i]!.endedNs) / NS_PER_MS),
  )
  if (gaps.length === 0) return undefined
  const sorted = gaps.toSorted((a, b) => a - b)
  return {
    median: summarize(gaps).median,
    p99: sorted[Math.floor(sorted.length * 0.99)]!,
    mean: gaps.reduce((sum, gap) => sum + gap) / gaps.length,
  }
}

const countRecords = (invocations: readonly LoggedInvocation[]): number =>
  invocations.reduce((sum, { records }) => sum + records.length, 0)

/** When the invocation began with which the count passes `records`. */
function beginAt(invocations: readonly LoggedInvocation[], records: number): number {
  let count = 0
  for (const invocation of invocations) {
    count += invocation.records.length
    if (count > records) return invocation.begunNs
  }
  return invocations.at(-1)!.begunNs
}

/** Share of the invocation's time that lies between the two. */
function shareWithin({ begunNs, endedNs }: LoggedInvocation, fromNs: number, toNs: number): number {
  const inside = Math.min(endedNs, toNs) - Math.max(begunNs, fromNs)
  return Math.max(0, inside) / Math.max(1, endedNs - begunNs)
}
