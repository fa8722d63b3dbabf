import { LatencyHistogram } from '../timing/latency-histogram.ts'
import type { TrialRun } from './trial-run.ts'

/** What a trial shows of the time that counts. */
export type TrialTimes = {
  readonly seconds: number
  /** Those that the function was done with. */
  readonly records: number
  readonly invocations: number
  readonly errors: number
  /** Of invocations that came to an end. */
  readonly duration: LatencyHistogram
  /** From the call of `put`, where there was an even rate. */
  readonly putToHandler: LatencyHistogram
  /** All threads. @unit µs */
  readonly processorUs: number
}

/** What the log tells of the time between the end of the warm-up and the last put. */
export function readTimes(run: TrialRun): TrialTimes {
  const { begun, ended } = run
  const duration = new LatencyHistogram()
  let [records, calls, errors] = [0, 0, 0]
  for (const invocation of run.invocations()) {
    const { begunNs, endedNs, outcome, failedFrom } = invocation
    if (begunNs < begun.atNs || begunNs > ended.atNs) continue
    calls++
    if (outcome !== 'succeeded') errors++
    if (outcome !== 'running') duration.record(endedNs - begunNs)
    if (outcome === 'succeeded') records += invocation.records.length
    if (outcome === 'partly') records += failedFrom
  }
  return {
    seconds: (ended.atNs - begun.atNs) / 1e9,
    records,
    invocations: calls,
    errors,
    duration,
    putToHandler: firstDeliveries(run),
    processorUs: ended.processorUs - begun.processorUs,
  }
}

/** Of records that were put after the warm-up: until they came for the first time. */
function firstDeliveries({ begun, invocations, timetable, put }: TrialRun): LatencyHistogram {
  const histogram = new LatencyHistogram()
  if (!timetable) return histogram
  const hasCome = new Uint8Array(put.count)
  for (const { records, begunNs } of invocations())
    for (const record of records) {
      if (hasCome[record]) continue
      hasCome[record] = 1
      const calledNs = timetable.calledNs(record)
      if (calledNs >= begun.atNs) histogram.record(begunNs - calledNs)
    }
  return histogram
}
