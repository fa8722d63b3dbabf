/**
 * What a mapping with tumbling windows does with the records of a shard, written down as plainly as possible: a loop
 * over all records, with everything in memory. For comparison with the engine. @source aws-semantics §4.3, §5; D9, D10, D28
 */

export type WindowRules = {
  readonly lengthSeconds: number
  readonly batchSize: number
  readonly retriesMax: number
  readonly bisect: boolean
  readonly partial: boolean
  /** Numbers in a state from which on it is too large. */
  readonly stateMax: number
}

export type Stamped = { readonly number: number; readonly stamp: number }

/** How a call ends. `from`: the first record that failed. */
export type Ending = 'succeeds' | 'fails' | { readonly from: number }

/** @param text what is called: `1.2` for records, `end` or `early` for a final call. @param attempt from 1 on. */
export type EndingOf = (text: string, attempt: number) => Ending

class NaiveShard {
  readonly trace: string[] = []
  late = 0
  readonly #rules: WindowRules
  readonly #endingOf: EndingOf
  readonly #attempts = new Map<string, number>()
  #window: number | undefined
  #closedUntil = 0
  #state: number[] = []

  constructor(rules: WindowRules, endingOf: EndingOf) {
    this.#rules = rules
    this.#endingOf = endingOf
  }

  run(records: readonly Stamped[]): this {
    const { lengthSeconds, batchSize } = this.#rules
    let at = 0
    while (at < records.length) {
      const stamp = records[at]!.stamp
      if (this.#window !== undefined && stamp >= this.#window + lengthSeconds) this.#close()
      this.#window ??= Math.floor(stamp / lengthSeconds) * lengthSeconds
      const batch: number[] = []
      for (; at < records.length && batch.length < batchSize; at++) {
        const { number, stamp } = records[at]!
        if (stamp >= this.#window + lengthSeconds) break
        if (stamp < this.#window || stamp < this.#closedUntil) this.late++
        batch.push(number)
      }
      this.#deliver(batch)
    }
    if (this.#window !== undefined) this.#close()
    return this
  }

  #deliver(batch: readonly number[]): void {
    const { retriesMax, bisect } = this.#rules
    for (let attempt = 1; ; attempt++) {
      const ending = this.#call(batch, batch.join('.'), '')
      if (ending === 'succeeds') return this.#take(batch)
      if (typeof ending === 'object') {
        const cut = batch.indexOf(ending.from)
        this.#take(batch.slice(0, cut))
        return this.#deliver(batch.slice(cut))
      }
      if (bisect && batch.length > 1) {
        const middle = Math.floor(batch.length / 2)
        this.#deliver(batch.slice(0, middle))
        return this.#deliver(batch.slice(middle))
      }
      if (attempt > retriesMax) return
    }
  }

  #take(numbers: readonly number[]): void {
    this.#state = [...this.#state, ...numbers]
    if (this.#state.length < this.#rules.stateMax) return
    this.#finalCall(' early')
    this.#state = []
  }

  #close(): void {
    this.#finalCall(' final')
    this.#closedUntil = Math.max(this.#closedUntil, this.#window! + this.#rules.lengthSeconds)
    this.#window = undefined
    this.#state = []
  }

  #finalCall(kind: string): void {
    for (let attempt = 1; attempt <= this.#rules.retriesMax + 1; attempt++)
      if (this.#call([], `${kind}${this.#state.join('.')}`, kind) === 'succeeds') return
  }

  #call(batch: readonly number[], text: string, kind: string): Ending {
    this.trace.push(`${this.#window} ${batch.join('.')} {${this.#state.join('.')}}${kind}`)
    const attempt = (this.#attempts.get(text) ?? 0) + 1
    this.#attempts.set(text, attempt)
    return this.#endingOf(text, attempt)
  }
}

export function naiveWindows(
  records: readonly Stamped[],
  rules: WindowRules,
  endingOf: EndingOf,
): { readonly trace: readonly string[]; readonly late: number } {
  const { trace, late } = new NaiveShard(rules, endingOf).run(records)
  return { trace, late }
}
