/** Says when a batch was attempted more often than its settings allow (I8). */
export class AttemptBudgets {
  readonly #attempts = new Map<string, { count: number; readonly records: string }>()
  /** Failed attempts by exact list of records, whatever request ids say; D3 renews all budgets. */
  readonly #failures = new Map<string, number>()
  /** By request id, or list of records: what a batch had spent when the budget was lowered, and one attempt more. */
  readonly #lowered = new Map<string, number>()
  #factor = 0
  #retriesMax = 0
  /** Attempts of a batch that may have been made and never written: one for each crash and each failed save. */
  #lostAttempts = 0

  /** What was spent before stays spent, also where less is allowed now: such a batch has one more attempt. */
  begin({ factor, retriesMax }: { readonly factor: number; readonly retriesMax: number }): void {
    if (this.#factor !== factor) this.#failures.clear()
    this.#factor = factor
    if (retriesMax < this.#retriesMax) {
      for (const [requestId, { count }] of this.#attempts) this.#lowered.set(requestId, count + 1)
      for (const [records, count] of this.#failures) this.#lowered.set(records, count + 1)
    }
    this.#retriesMax = retriesMax
  }

  mayHaveLostOne(): void {
    this.#lostAttempts++
  }

  /** @returns what is wrong with it. */
  invoked(requestId: string, records: string): readonly string[] {
    const attempts = this.#attempts.get(requestId) ?? { count: 0, records }
    this.#attempts.set(requestId, attempts)
    attempts.count++
    const wrong: string[] = []
    if (attempts.records !== records)
      wrong.push(`request ${requestId} had other records before: ${attempts.records}`)
    if (attempts.count > this.#allowed(requestId))
      wrong.push(`${records} was invoked ${attempts.count} times`)
    return wrong
  }

  /** @returns what is wrong with it. */
  failed(records: string): readonly string[] {
    const count = (this.#failures.get(records) ?? 0) + 1
    this.#failures.set(records, count)
    if (count <= this.#allowed(records)) return []
    return [`${records} failed ${count} times: its budget was renewed`]
  }

  #allowed(batch: string): number {
    return Math.max(this.#retriesMax + 1, this.#lowered.get(batch) ?? 0) + this.#lostAttempts
  }
}
