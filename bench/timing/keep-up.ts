import type { LoggedInvocation } from '../audit/handler-log.ts'
import { type Latency, LatencyHistogram } from './latency-histogram.ts'

const NS_PER_MS = 1e6

/** What was offered, and when: records in the order of their numbers, some of them in each put. */
export type Offer = {
  readonly puts: number
  readonly recordsPerPut: number
  /** Those before it are the warm-up. */
  readonly firstCountedPut: number
  /** When the put was due; that of {@link Offer.puts} is when the offer ended. @unit ns */
  dueNs(put: number): number
  /** When it was called. @unit ns */
  calledNs(put: number): number
}

/** Whether handlers kept up with an offer, from what they wrote down. */
export type KeepUp = {
  /** Records that came in the measured time, by those that were offered in it; more, from before, do not count. @unit % */
  readonly keptUp: number
  /** Records that were due and had not come, when the offer ended. */
  readonly behindAtEnd: number
  /** From then until the last invocation had ended. @unit ms */
  readonly drainMs: number
  /** From when a record was due until a handler had it. */
  readonly fromSchedule: Latency
  /** From the put of an invocation's last record until the invocation. */
  readonly iteratorAge: Latency
  /** Records of an invocation, on average. */
  readonly batch: number
}

/** @param invocations in which each record came once: their audit has passed. */
export function keepUpOf(invocations: readonly LoggedInvocation[], offer: Offer): KeepUp {
  const { puts, recordsPerPut, firstCountedPut } = offer
  const [fromNs, toNs] = [offer.dueNs(firstCountedPut), offer.dueNs(puts)]
  const putOf = (record: number): number => Math.floor(record / recordsPerPut)
  const fromSchedule = new LatencyHistogram()
  const iteratorAge = new LatencyHistogram()
  let [before, within, endedNs, deliveries] = [0, 0, toNs, 0]
  for (const invocation of invocations) {
    const { begunNs, records } = invocation
    endedNs = Math.max(endedNs, invocation.endedNs)
    deliveries += records.length
    if (begunNs < fromNs) before += records.length
    else if (begunNs < toNs) within += records.length
    for (const record of records) {
      const put = putOf(record)
      if (put >= firstCountedPut) fromSchedule.record(begunNs - offer.dueNs(put))
    }
    const lastPut = putOf(records.at(-1)!)
    if (lastPut >= firstCountedPut) iteratorAge.record(begunNs - offer.calledNs(lastPut))
  }
  return {
    keptUp: Math.min(100, (100 * within) / ((puts - firstCountedPut) * recordsPerPut)),
    behindAtEnd: puts * recordsPerPut - before - within,
    drainMs: (endedNs - toNs) / NS_PER_MS,
    fromSchedule: fromSchedule.latency,
    iteratorAge: iteratorAge.latency,
    batch: deliveries / invocations.length,
  }
}
