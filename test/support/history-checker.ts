import { AttemptBudgets } from './attempt-budgets.ts'
import type {
  HistoryAnswer,
  HistoryEvent,
  HistoryLedger,
  PutRecord,
  SavedState,
} from './history.ts'
import { compare, covers, hashOf } from './history-positions.ts'
import { checkLedger } from './ledger-rules.ts'

/** Sees whether a history keeps the invariants I1-I8 of the engine. Shares no code with the engine. */
export function checkHistory(
  history: readonly HistoryEvent[],
  options: { readonly drained: boolean },
): readonly string[] {
  const checker = new HistoryChecker()
  for (const event of history) checker.take(event)
  if (options.drained) checker.finish()
  return checker.violations
}

type Known = PutRecord & { readonly shard: string; readonly lane32: number }

type Shard = {
  readonly name: string
  readonly parent: string | undefined
  readonly records: Known[]
  readonly keys: Map<string, Known[]>
  saved: SavedState | undefined
  discarded: number
}

type Flight = { readonly records: readonly Known[]; readonly lane: string }

class HistoryChecker {
  readonly violations: string[] = []
  readonly #shards = new Map<string, Shard>()
  readonly #records = new Map<number, Known>()
  /** Settled: told to the engine as done, or given up durably. */
  readonly #settled = new Set<number>()
  /** Settled, and below what a save said. */
  readonly #durable = new Set<number>()
  readonly #discarded = new Set<number>()
  readonly #flights = new Map<string, Flight>()
  readonly #budgets = new AttemptBudgets()
  /** Records that this run of the engine has handed out. */
  #handedOut = new Set<number>()
  #settledHere = new Set<number>()
  #hasLostSave = false
  #factor = 0

  take(event: HistoryEvent): void {
    switch (event.type) {
      case 'shard-added':
        this.#shards.set(event.shard, {
          name: event.shard,
          parent: event.parent,
          records: [],
          keys: new Map(),
          saved: undefined,
          discarded: 0,
        })
        return
      case 'put':
        for (const record of event.records) this.#put(event.shard, record)
        return
      case 'started':
        this.#factor = event.factor
        this.#budgets.begin(event)
        this.#forgetRun()
        return
      case 'crashed':
        this.#budgets.mayHaveLostOne()
        return this.#forgetRun()
      case 'stopped':
        this.#checkStop()
        return this.#forgetRun()
      case 'shard-opened':
        return this.#reopened(event.shard)
      case 'save-failed':
        this.#budgets.mayHaveLostOne()
        this.#hasLostSave = true
        return
      case 'invoked':
        return this.#invoked(event.requestId, event.records)
      case 'answered':
        return this.#answered(event.requestId, event.answer)
      case 'saved':
        return this.#saved(this.#shards.get(event.shard)!, event.state)
      case 'ledger':
        return this.#ledger(event.ledger)
      default:
        throw new Error(`unknown event ${JSON.stringify(event satisfies never)}`)
    }
  }

  /** After a drain: everything that was put has its outcome, durably. */
  finish(): void {
    for (const { number } of this.#records.values()) {
      if (!this.#durable.has(number)) this.#fail('I10', `record ${number} was never settled`)
    }
    if (this.#flights.size > 0) this.#fail('I10', 'an invocation never ended')
  }

  #fail(invariant: string, what: string): void {
    this.violations.push(`${invariant}: ${what}`)
  }

  #put(name: string, record: PutRecord): void {
    const shard = this.#shards.get(name)!
    const known = { ...record, shard: name, lane32: hashOf(`S:${record.key}`) }
    this.#records.set(record.number, known)
    shard.records.push(known)
    const ofKey = shard.keys.get(record.key) ?? []
    shard.keys.set(record.key, ofKey)
    ofKey.push(known)
  }

  #forgetRun(): void {
    this.#flights.clear()
    this.#handedOut = new Set()
    this.#settledHere = new Set()
    this.#hasLostSave = false
  }

  /** A clean stop leaves nothing to repeat. */
  #checkStop(): void {
    if (this.#flights.size > 0) this.#fail('stop', 'an invocation ran on after the stop')
    if (this.#hasLostSave) return
    for (const number of this.#settledHere)
      if (!this.#durable.has(number)) this.#fail('stop', `record ${number} settled unsaved`)
  }

  /** From here on a shard may repeat what it had not saved. */
  #reopened(shard: string): void {
    for (const { number } of this.#shards.get(shard)!.records) {
      this.#handedOut.delete(number)
      this.#settledHere.delete(number)
    }
  }

  #invoked(requestId: string, numbers: readonly number[]): void {
    const records = numbers.map((number) => this.#records.get(number)!)
    const [first] = records
    if (!first) return this.#fail('batch', `${requestId} was invoked without records`)
    const lane = this.#laneOf(first)
    records.forEach((record, i) => {
      if (record.shard !== first.shard) this.#fail('batch', `${numbers} mixes shards`)
      if (this.#laneOf(record) !== lane) this.#fail('I4', `${numbers} mixes lanes`)
      if (i > 0 && compare(records[i - 1]!.sequenceNumber, record.sequenceNumber) >= 0)
        this.#fail('I3', `${numbers} is out of order`)
    })
    this.#checkConcurrency(first.shard, lane)
    this.#checkParent(first)
    for (const wrong of this.#budgets.invoked(requestId, numbers.join())) this.#fail('I8', wrong)
    const inBatch = new Set(numbers)
    for (const record of records) this.#checkOrder(record, inBatch)
    for (const number of numbers) this.#handedOut.add(number)
    this.#flights.set(requestId, { records, lane })
  }

  #laneOf({ shard, lane32 }: Known): string {
    return `${shard}/${lane32 % this.#factor}`
  }

  #checkConcurrency(shard: string, lane: string): void {
    let inShard = 0
    for (const flight of this.#flights.values()) {
      if (flight.lane === lane) this.#fail('I4', `two invocations at a time in lane ${lane}`)
      if (flight.records[0]!.shard === shard) inShard++
    }
    if (inShard >= this.#factor) this.#fail('I4', `more than ${this.#factor} at a time in ${shard}`)
  }

  #checkParent({ shard }: Known): void {
    const parent = this.#shards.get(this.#shards.get(shard)!.parent ?? '')
    const open = parent?.records.find(({ number }) => !this.#settled.has(number))
    if (open) this.#fail('I5', `${shard} began before record ${open.number} of its parent settled`)
  }

  #checkOrder(record: Known, inBatch: ReadonlySet<number>): void {
    const { number, key, shard } = record
    if (this.#durable.has(number))
      this.#fail('I7', `record ${number} was invoked though it was settled and saved`)
    if (this.#settledHere.has(number))
      this.#fail('I7', `record ${number} was invoked again by the run that settled it`)
    for (const earlier of this.#shards.get(shard)!.keys.get(key)!) {
      if (earlier.number === number) return
      if (inBatch.has(earlier.number)) continue
      if (!this.#settled.has(earlier.number))
        this.#fail('I3', `record ${number} of ${key} overtook ${earlier.number}`)
      // What is repeated is repeated without a gap.
      const seenHere = this.#handedOut.has(earlier.number) || this.#durable.has(earlier.number)
      if (!seenHere) this.#fail('I3', `${number} of ${key} was repeated without ${earlier.number}`)
    }
  }

  #answered(requestId: string, answer: HistoryAnswer): void {
    const flight = this.#flights.get(requestId)
    if (!flight) return this.#fail('history', `an answer without an invocation: ${requestId}`)
    this.#flights.delete(requestId)
    if (answer.type === 'failed') return this.#failed(flight.records)
    for (const { number } of flight.records) {
      if (answer.type === 'failed-from' && number === answer.number) return
      this.#settled.add(number)
      this.#settledHere.add(number)
    }
  }

  #failed(records: readonly Known[]): void {
    const list = records.map(({ number }) => number).join()
    for (const wrong of this.#budgets.failed(list)) this.#fail('I8', wrong)
  }

  #saved(shard: Shard, state: SavedState): void {
    const before = shard.saved
    if (before?.mark && (!state.mark || compare(state.mark, before.mark) < 0))
      this.#fail('I6', `the mark of ${shard.name} went back from ${before.mark} to ${state.mark}`)
    if (before?.finished && !state.finished) this.#fail('I6', `${shard.name} is open again`)
    for (const numbers of state.discards) {
      shard.discarded += numbers.length
      for (const number of numbers) this.#discard(number)
    }
    shard.saved = state
    let covered = 0
    for (const record of shard.records) {
      if (!covers(state, record)) {
        if (this.#durable.has(record.number))
          this.#fail('I6', `record ${record.number} was settled durably and is no more`)
        continue
      }
      covered++
      this.#durable.add(record.number)
      if (!this.#settled.has(record.number))
        this.#fail('I2', `record ${record.number} was passed and had no outcome`)
    }
    this.#checkCounts(shard, state, covered)
  }

  #ledger(ledger: HistoryLedger): void {
    let running = 0
    for (const { records } of this.#flights.values()) running += records.length
    const facts = {
      put: this.#records.size,
      running,
      durable: this.#durable.size,
      settled: new Set([...this.#durable, ...this.#settledHere]).size,
    }
    for (const wrong of checkLedger(ledger, facts)) this.#fail('I1', wrong)
  }

  #discard(number: number): void {
    if (this.#discarded.has(number)) this.#fail('I2', `record ${number} was given up twice`)
    if (this.#durable.has(number))
      this.#fail('I2', `record ${number} was given up after it settled`)
    this.#discarded.add(number)
    this.#settled.add(number)
    this.#settledHere.add(number)
  }

  #checkCounts(shard: Shard, state: SavedState, covered: number): void {
    const { delivered, filtered, sent, dropped } = state
    const counted = delivered + filtered + sent + dropped
    if (counted !== covered)
      this.#fail('I1', `${shard.name} counts ${counted} outcomes of ${covered} settled records`)
    if (sent + dropped !== shard.discarded)
      this.#fail('I1', `${shard.name} counts ${sent + dropped} of ${shard.discarded} discards`)
    if (state.finished && covered < shard.records.length)
      this.#fail('I2', `${shard.name} was finished with ${covered} of ${shard.records.length}`)
  }
}
