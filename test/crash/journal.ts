import { readFileSync } from 'node:fs'

/** A record as the handler saw it: key, sequence number, its number in the order of putting. */
export type Seen = readonly [key: string, sequenceNumber: string, n: number]

/** One line of what a handler wrote down, or of what the test that kills it did. */
export type JournalLine =
  | { readonly begun: string; readonly poison?: string; readonly records: readonly Seen[] }
  /** `delivered`: so many of the invocation's records are done for good. */
  | { readonly ended: string; readonly delivered: number }
  /** The process is dead; `mark` is the durable low-water mark that it left, of a stream with one shard. */
  | { readonly killed: number; readonly mark: string | null }

export function readJournal(file: string): readonly JournalLine[] {
  const text = readFileSync(file, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalLine)
}

/** What was put, and what the engine says became of it. */
export type Story = {
  /** Keys by `n`, in the order of putting: record n is of `keys[n]`; undefined for a number that was not stored. */
  readonly keys: readonly (string | undefined)[]
  readonly journal: readonly JournalLine[]
  /** Batches in the failed-batch store. */
  readonly failed: readonly FailedStory[]
  readonly ledger: { readonly [member: string]: number }
  readonly retriesMax: number
  /** Threads die with handlers in them: an invocation may never end. */
  readonly threadsDie: boolean
  /** Settings change: batches of the same records may be made anew, with budgets of their own (D3). */
  readonly budgetsRenew?: boolean
  /** Several invocations share a thread: those that die with another one are made again and do not count (D27). */
  readonly threadsAreShared: boolean
}

export type FailedStory = { readonly attempts: number; readonly records: readonly number[] }

export type Finding = { readonly violations: readonly string[]; readonly again: number }

/**
 * Judges a run by what the handler saw; shares no code with the engine.
 *
 * @source reliability §1: I1 ledger, I2 loss, I3 order, I4 overlap, I6 checkpoint, I8 attempts
 */
export function checkStory(story: Story): Finding {
  const checker = new Checker(story)
  for (const line of story.journal) checker.read(line)
  return checker.finish()
}

class Checker {
  readonly #story: Story
  readonly #violations: string[] = []
  /** Records of each key in the order of putting, and where record n stands in it. */
  readonly #ofKey = new Map<string, number[]>()
  readonly #placeOf: number[] = []
  readonly #failed: ReadonlySet<number>
  readonly #delivered = new Set<number>()
  readonly #begun = new Set<number>()
  readonly #sequence = new Map<number, string>()
  readonly #open = new Map<string, Extract<JournalLine, { begun: string }>>()
  readonly #attempts = new Map<string, number>()
  #mark: bigint | undefined
  #kills = 0
  #again = 0

  constructor(story: Story) {
    this.#story = story
    this.#failed = new Set(story.failed.flatMap(({ records }) => records))
    story.keys.forEach((key, n) => {
      if (key === undefined) return
      const list = this.#ofKey.get(key) ?? []
      this.#placeOf[n] = list.length
      list.push(n)
      this.#ofKey.set(key, list)
    })
  }

  read(line: JournalLine): void {
    if ('begun' in line) this.#begin(line)
    else if ('ended' in line) this.#end(line)
    else this.#killed(line)
  }

  finish(): Finding {
    const { keys, ledger, failed, retriesMax } = this.#story
    const isCounted = !this.#story.threadsAreShared && !this.#story.budgetsRenew
    keys.forEach((key, n) => {
      if (key !== undefined && !this.#delivered.has(n) && !this.#failed.has(n))
        this.#say(`I2: record ${n} of ${key} was neither delivered nor kept as failed`)
    })
    const attemptsMax = retriesMax + 1 + (this.#kills > 0 ? 1 : 0)
    for (const [batch, attempts] of this.#attempts)
      if (attempts > attemptsMax && isCounted)
        this.#say(`I8: ${attempts} invocations of the batch ${batch}`)
    for (const { attempts, records } of failed)
      if (attempts > retriesMax + 1)
        this.#say(`I8: the failed batch ${records} counts ${attempts} attempts`)
    this.#checkLedger(ledger)
    return { violations: this.#violations, again: this.#again }
  }

  #say(violation: string): void {
    if (this.#violations.length < 20) this.#violations.push(violation)
  }

  #begin(line: Extract<JournalLine, { begun: string }>): void {
    const { records } = line
    const batch = JSON.stringify(records.map(([, , n]) => n))
    this.#attempts.set(batch, (this.#attempts.get(batch) ?? 0) + 1)
    this.#checkOverlap(line)
    const inBatch = new Set<number>()
    for (const [key, sequenceNumber, n] of records) {
      if (this.#story.keys[n] !== key) this.#say(`record ${n} arrived as one of ${key}`)
      this.#checkSequence(n, sequenceNumber)
      if (this.#begun.has(n)) this.#again++
      this.#begun.add(n)
      this.#checkOrder(key, n, inBatch)
      inBatch.add(n)
    }
    this.#open.set(line.begun, line)
  }

  /** I3: everything before it in its key is delivered, given up, or in the same batch just before it. */
  #checkOrder(key: string, n: number, inBatch: ReadonlySet<number>): void {
    const before = this.#ofKey.get(key)?.[this.#placeOf[n]! - 1]
    if (before === undefined || inBatch.has(before)) return
    if (!this.#delivered.has(before) && !this.#failed.has(before))
      this.#say(`I3: record ${n} of ${key} came before ${before} was done`)
    const later = [...inBatch].find((other) => this.#story.keys[other] === key)
    if (later !== undefined) this.#say(`I3: record ${n} of ${key} came right after ${later}`)
  }

  /** The sequence number of a record never changes; I6: nothing at or below a durable mark comes again. */
  #checkSequence(n: number, sequenceNumber: string): void {
    const known = this.#sequence.get(n)
    if (known !== undefined && known !== sequenceNumber)
      this.#say(`record ${n} was ${known} and is ${sequenceNumber}`)
    this.#sequence.set(n, sequenceNumber)
    if (this.#mark !== undefined && BigInt(sequenceNumber) <= this.#mark)
      this.#say(`I6: record ${n} at ${sequenceNumber} came again below the mark ${this.#mark}`)
  }

  /** I4: a key is in one invocation at a time. */
  #checkOverlap(line: Extract<JournalLine, { begun: string }>): void {
    const keys = new Set(line.records.map(([key]) => key))
    for (const [requestId, open] of this.#open) {
      const shared = open.records.find(([key]) => keys.has(key))
      if (!shared) continue
      if (!this.#story.threadsDie)
        this.#say(`I4: ${shared[0]} is in two invocations, ${requestId} and ${line.begun}`)
      this.#open.delete(requestId)
    }
  }

  #end({ ended, delivered }: Extract<JournalLine, { ended: string }>): void {
    const open = this.#open.get(ended)
    this.#open.delete(ended)
    if (!open) return
    for (const [, , n] of open.records.slice(0, delivered)) this.#delivered.add(n)
  }

  #killed({ mark }: Extract<JournalLine, { killed: number }>): void {
    this.#kills++
    this.#open.clear()
    if (mark === null) return
    const durable = BigInt(mark)
    if (this.#mark !== undefined && durable < this.#mark)
      this.#say(`I6: the mark went back from ${this.#mark} to ${durable}`)
    this.#mark = durable
    for (const [n, sequenceNumber] of this.#sequence) {
      const isDone = this.#delivered.has(n) || this.#failed.has(n)
      if (BigInt(sequenceNumber) <= durable && !isDone)
        this.#say(`I6: the mark ${durable} passed record ${n}, which is not done`)
    }
  }

  /** I1, after a drain. */
  #checkLedger(ledger: Story['ledger']): void {
    const { polled = 0, delivered = 0, filtered = 0, sent = 0, dropped = 0, inFlight = 0 } = ledger
    const text = JSON.stringify(ledger)
    if (inFlight !== 0) this.#say(`I1: ${inFlight} in flight after a drain`)
    if (polled !== delivered + filtered + sent + dropped + inFlight)
      this.#say(`I1: it does not balance: ${text}`)
    const put = this.#placeOf.filter((place) => place !== undefined).length
    if (polled !== put) this.#say(`I1: ${polled} polled of ${put} put: ${text}`)
    if (sent + dropped !== this.#failed.size)
      this.#say(`I1: ${sent + dropped} given up, ${this.#failed.size} kept: ${text}`)
  }
}
