import { doneCountOf, type History } from './handler-history.ts'

/** Breaks a sound history in one place, chosen by `at`. @returns `undefined` where it has no such place. */
export type Fault = (history: History, at: number) => History | undefined

const pick = <Value>(values: readonly Value[], at: number): Value | undefined =>
  values[at % Math.max(1, values.length)]

/** Records that succeeded. */
const doneIn = ({ log }: History): readonly number[] => [
  ...new Set(log.flatMap((call) => call.records.slice(0, doneCountOf(call)))),
]

/** Each record of the history with the next one of its key. */
function neighbours({ expectation }: History): readonly (readonly [number, number])[] {
  const { recordCount, keyNumberOf, isFiltered } = expectation
  const last = new Map<number, number>()
  const pairs: [number, number][] = []
  for (let record = 0; record < recordCount; record++) {
    if (isFiltered?.(record)) continue
    const before = last.get(keyNumberOf(record))
    if (before !== undefined) pairs.push([before, record])
    last.set(keyNumberOf(record), record)
  }
  return pairs
}

/** The log with an invocation after its end. */
function withCall({ log, expectation }: History, records: readonly number[]): History {
  const moments = log.flatMap(({ begunNs, endedNs }) => [begunNs, endedNs])
  const now = 1 + Math.max(0, ...moments, ...expectation.restartsNs)
  const call = { thread: 1, outcome: 'succeeded', failedFrom: 0, records } as const
  return { log: [...log, { ...call, begunNs: now, endedNs: now + 1 }], expectation }
}

/** A handler never saw it. */
function lose(history: History, at: number): History | undefined {
  const gone = pick(doneIn(history), at)
  if (gone === undefined) return undefined
  const log = history.log.map((call) => {
    const records = call.records.filter((record) => record !== gone)
    return { ...call, records, failedFrom: Math.min(call.failedFrom, records.length) }
  })
  return { ...history, log }
}

/** Two records of one key came in each other's place. */
function swap(history: History, at: number): History | undefined {
  const pair = pick(neighbours(history), at)
  if (!pair) return undefined
  const [one, two] = pair
  const turned = (record: number) => (record === one ? two : record === two ? one : record)
  const log = history.log.map((call) => ({ ...call, records: call.records.map(turned) }))
  return { ...history, log }
}

/** Once more than a new start explains. */
function repeat(history: History, at: number): History | undefined {
  const record = pick(doneIn(history), at)
  if (record === undefined) return undefined
  const { restartsNs } = history.expectation
  const once = withCall(history, [record])
  return restartsNs.length > 0 ? withCall(once, [record]) : once
}

/** An invocation began before the one with the record before it had ended. */
function overlap(history: History, at: number): History | undefined {
  const { log } = history
  const places = neighbours(history).flatMap(([one, two]) => {
    const follower = log.findIndex(({ records }) => records.includes(two))
    const before = log.findLastIndex(({ records }, i) => i < follower && records.includes(one))
    const isEnded = before >= 0 && log[before]!.outcome !== 'running'
    return isEnded && !log[follower]!.records.includes(one) ? [[before, follower] as const] : []
  })
  const place = pick(places, at)
  if (!place) return undefined
  const [before, follower] = place
  const endedNs = log[follower]!.begunNs + 0.5
  return { ...history, log: log.with(before, { ...log[before]!, endedNs }) }
}

function invent(history: History): History {
  return withCall(history, [history.expectation.recordCount])
}

/** A filtered record came all the same. */
function leak(history: History, at: number): History | undefined {
  const { recordCount, isFiltered } = history.expectation
  const filtered = [...Array(recordCount).keys()].filter((record) => isFiltered?.(record))
  const record = pick(filtered, at)
  return record === undefined ? undefined : withCall(history, [record])
}

/** It succeeded and lies in a failed batch as well. */
function giveUpDone(history: History, at: number): History | undefined {
  const before = history.expectation.discarded
  // After a new start one may have failed that had succeeded before.
  const done = doneIn(history).filter((record) => !before.has(record))
  const record = pick(done, at)
  if (record === undefined) return undefined
  const discarded = new Set([...before, record])
  return { ...history, expectation: { ...history.expectation, discarded } }
}

/** Its failed batch is not there. */
function forget(history: History, at: number): History | undefined {
  const record = pick([...history.expectation.discarded], at)
  if (record === undefined) return undefined
  const discarded = new Set([...history.expectation.discarded].filter((other) => other !== record))
  return { ...history, expectation: { ...history.expectation, discarded } }
}

/** By name. */
export const FAULTS = {
  lose,
  swap,
  repeat,
  overlap,
  invent,
  leak,
  giveUpDone,
  forget,
} as const satisfies Readonly<Record<string, Fault>>
