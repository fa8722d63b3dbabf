import type { Expectation } from '../../bench/audit/check-log.ts'
import type { LoggedInvocation } from '../../bench/audit/handler-log.ts'
import { seededFraction } from './seeded-random.ts'

/** Plain data, so that a counterexample can be read. */
export type HistoryPlan = {
  readonly seed: number
  readonly records: number
  readonly keys: number
  readonly lanes: number
  readonly batchSize: number
  /** Chance that an invocation does not succeed. */
  readonly failing: number
  /** Chance that a record is filtered. */
  readonly filtered: number
  readonly restarts: number
}

/** What handlers wrote down, and what was put. */
export type History = {
  readonly log: readonly LoggedInvocation[]
  readonly expectation: Expectation & {
    readonly discarded: ReadonlySet<number>
    readonly restartsNs: readonly number[]
  }
}

type Entry = { -readonly [Member in keyof LoggedInvocation]: LoggedInvocation[Member] }
type Work = { readonly records: readonly number[]; readonly attempt: number }
type Lane = {
  /** What is to be done, in order. */
  works: Work[]
  running: Entry | undefined
  /** Succeeded, in order. */
  readonly done: number[]
}

const ATTEMPTS_MAX = 3

/** A history as an engine may bring it about: lanes beside one another, retries, halves, suffixes, discards, new starts. */
export function soundHistory(plan: HistoryPlan): History {
  const history = new SoundHistory(plan)
  history.play()
  return history
}

class SoundHistory implements History {
  readonly log: Entry[] = []
  readonly expectation: History['expectation']
  readonly #discarded = new Set<number>()
  readonly #restartsNs: number[] = []
  readonly #plan: HistoryPlan
  readonly #chance: () => number
  readonly #lanes: readonly Lane[]
  #now = 0

  constructor(plan: HistoryPlan) {
    const { seed, records, keys, lanes, filtered } = plan
    this.#plan = plan
    const chance = seededFraction(seed)
    this.#chance = chance
    const keyNumbers = Array.from({ length: records }, () => Math.floor(chance() * keys))
    const isFiltered = Array.from({ length: records }, () => chance() < filtered)
    this.expectation = {
      recordCount: records,
      keyNumberOf: (index) => keyNumbers[index]!,
      isFiltered: (index) => isFiltered[index]!,
      discarded: this.#discarded,
      restartsNs: this.#restartsNs,
    }
    const all = [...keyNumbers.keys()].filter((record) => !isFiltered[record])
    this.#lanes = Array.from({ length: lanes }, (_, lane) => ({
      works: this.#cut(all.filter((record) => keyNumbers[record]! % lanes === lane)),
      running: undefined,
      done: [],
    }))
  }

  play(): void {
    for (let left = this.#plan.restarts; left >= 0; left--) {
      const stepCount = left > 0 ? this.#below(this.#plan.records * 2) : Number.POSITIVE_INFINITY
      for (let step = 0; step < stepCount && this.#step(); step++);
      if (left > 0) this.#restart()
    }
  }

  /** @returns whether anything was left to do. */
  #step(): boolean {
    const busy = this.#lanes.filter(({ works }) => works.length > 0)
    const lane = busy[this.#below(busy.length)]
    if (!lane) return false
    if (lane.running) this.#end(lane)
    else this.#begin(lane)
    return true
  }

  #begin(lane: Lane): void {
    const { records } = lane.works[0]!
    const entry: Entry = {
      thread: 1,
      outcome: this.#outcome(),
      failedFrom: this.#below(records.length),
      begunNs: ++this.#now,
      endedNs: 0,
      records,
    }
    this.log.push(entry)
    lane.running = entry
  }

  #outcome(): Entry['outcome'] {
    if (this.#chance() >= this.#plan.failing) return 'succeeded'
    return (['failed', 'partly', 'running'] as const)[this.#below(3)]!
  }

  #end(lane: Lane): void {
    const entry = lane.running!
    const { records, attempt } = lane.works.shift()!
    lane.running = undefined
    if (entry.outcome !== 'running') entry.endedNs = ++this.#now
    const doneCount = doneCountOf(entry)
    lane.done.push(...records.slice(0, doneCount))
    if (doneCount === records.length) return
    if (doneCount > 0) lane.works.unshift({ records: records.slice(doneCount), attempt: 1 })
    else lane.works.unshift(...this.#afterFailure({ records, attempt }))
  }

  #afterFailure({ records, attempt }: Work): readonly Work[] {
    const half = records.length >> 1
    if (half > 0 && this.#chance() < 0.5)
      return [records.slice(0, half), records.slice(half)].map((part) => ({
        records: part,
        attempt: 1,
      }))
    if (attempt < ATTEMPTS_MAX) return [{ records, attempt: attempt + 1 }]
    for (const record of records) this.#discarded.add(record)
    return []
  }

  /** What succeeded last in a lane may come once more. */
  #restart(): void {
    for (const lane of this.#lanes) if (lane.running) this.#end(lane)
    this.#restartsNs.push(++this.#now)
    for (const lane of this.#lanes) {
      const left = lane.works.flatMap(({ records }) => records)
      const repeatCount = this.#below(lane.done.length + 1)
      const repeated = lane.done.splice(lane.done.length - repeatCount)
      // What was given up lies in between, and does not come again.
      lane.works = this.#cut([...repeated, ...left])
    }
  }

  #cut(records: readonly number[]): Work[] {
    const works: Work[] = []
    for (let first = 0; first < records.length; ) {
      const end = first + 1 + this.#below(this.#plan.batchSize)
      works.push({ records: records.slice(first, end), attempt: 1 })
      first = end
    }
    return works
  }

  #below(count: number): number {
    return Math.floor(this.#chance() * count)
  }
}

/** Records that the invocation succeeded with. */
export function doneCountOf({ outcome, records, failedFrom }: LoggedInvocation): number {
  if (outcome === 'succeeded') return records.length
  return outcome === 'partly' ? failedFrom : 0
}
