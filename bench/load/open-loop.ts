import { setTimeout as delay } from 'node:timers/promises'
import { nowNs } from '../audit/handler-log.ts'

const TICK_MS = 1

/** When each put of an open loop was due, and when it was called. @unit ns */
export class Timetable {
  readonly count: number
  readonly #gapNs: number
  readonly #called: Float64Array
  #begunNs = 0

  /** @param options.kept how many puts, the last ones, are remembered; all by default. */
  constructor(options: {
    readonly count: number
    readonly ratePerSecond: number
    readonly kept?: number
  }) {
    this.count = options.count
    this.#gapNs = 1e9 / options.ratePerSecond
    // Filled, so that the kernel gives the pages before anything is measured.
    this.#called = new Float64Array(options.kept ?? options.count).fill(0)
  }

  /** The first put is due now. */
  begin(): void {
    this.#begunNs = nowNs()
  }

  /** How many puts are due by now. */
  get dueCount(): number {
    return Math.min(this.count, Math.ceil((nowNs() - this.#begunNs) / this.#gapNs))
  }

  dueNs(index: number): number {
    return this.#begunNs + index * this.#gapNs
  }

  calledNs(index: number): number {
    return this.#called[index % this.#called.length]!
  }

  noteCall(index: number): void {
    this.#called[index % this.#called.length] = nowNs()
  }
}

/** What an open loop puts. */
export type OpenLoad<Prepared> = {
  /** Makes what is put; not timed. */
  prepare(index: number): Prepared
  put(prepared: Prepared): Promise<unknown>
  /** Ends the loop early. */
  readonly signal: AbortSignal
}

/**
 * Puts evenly by the timetable, whether earlier puts have ended or not. What is due while the program was late is put
 * at once and keeps its due time, so that lateness is seen (no coordinated omission). Resolves when all puts have.
 * @throws what the first put failed with, or the signal's reason; no more are made then.
 */
export async function openLoop<Prepared>(
  timetable: Timetable,
  { prepare, put, signal }: OpenLoad<Prepared>,
): Promise<void> {
  const failures: unknown[] = []
  let called = 0
  // Counted, not kept: a hundred thousand promises would be most of what the collector has to look at.
  let ended = 0
  const call = async (prepared: Prepared): Promise<void> => {
    try {
      await put(prepared)
    } catch (error) {
      failures.push(error)
    }
    ended++
  }
  timetable.begin()
  while (failures.length === 0 && !signal.aborted && ended < timetable.count) {
    const due = timetable.dueCount
    const prepared = Array.from({ length: due - called }, (_, i) => prepare(called + i))
    for (const one of prepared) {
      timetable.noteCall(called++)
      void call(one)
    }
    await delay(TICK_MS)
  }
  while (ended < called) await delay(TICK_MS)
  if (failures.length > 0) throw failures[0]
  signal.throwIfAborted()
}
