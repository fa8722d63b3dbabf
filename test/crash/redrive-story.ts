import type { JournalLine } from './journal.ts'

/** What was put, which of it failed at first, and what the engine says in the end. */
export type RedriveStory = {
  /** Keys by `n`, in the order of putting. */
  readonly keys: readonly string[]
  /** Records that were in failed batches when the redrives began. */
  readonly failed: ReadonlySet<number>
  /** From when the redrives began. */
  readonly journal: readonly JournalLine[]
  /** Failed batches that are left. */
  readonly left: number
  readonly redrives: readonly {
    readonly state: string
    readonly recordCount: number
    readonly ledger: { readonly polled: number; readonly inFlight: number }
  }[]
  readonly ledger: { readonly polled: number; readonly delivered: number; readonly dropped: number }
}

/**
 * Judges redrives that were killed by what the handler saw; shares no code with the engine.
 *
 * @source reliability §1: I1 ledger, I2 loss, I3 order
 */
export function checkRedrives(story: RedriveStory): readonly string[] {
  const { keys, failed, left, redrives, ledger, journal } = story
  const first = firstDeliveries(journal)
  const violations = [
    ...[...failed].filter((n) => !first.includes(n)).map((n) => `I2: ${n} was never delivered`),
    ...(left > 0 ? [`${left} failed batches are left`] : []),
    ...redrives
      .filter(({ state }) => state !== 'done')
      .map(({ state }) => `a redrive is ${state} in the end`),
    ...redrives
      .filter(({ recordCount, ledger: own }) => own.polled !== recordCount || own.inFlight !== 0)
      .map((redrive) => `I1: the ledger of a redrive says ${JSON.stringify(redrive)}`),
    ...orderViolations(first, keys, failed),
  ]
  if (ledger.polled !== keys.length || ledger.dropped !== failed.size)
    violations.push(`I1: the mapping's ledger says ${JSON.stringify(ledger)}`)
  return violations.slice(0, 20)
}

/** Records in the order in which each was delivered for the first time. */
function firstDeliveries(journal: readonly JournalLine[]): readonly number[] {
  const open = new Map<string, readonly number[]>()
  const first = new Set<number>()
  for (const line of journal) {
    if ('begun' in line)
      open.set(
        line.begun,
        line.records.map(([, , n]) => n),
      )
    else if ('ended' in line)
      for (const n of (open.get(line.ended) ?? []).slice(0, line.delivered)) first.add(n)
  }
  return [...first]
}

/** I3: within a redrive, and within what the mapping itself goes on with, a key keeps its order. */
function orderViolations(
  first: readonly number[],
  keys: readonly string[],
  failed: ReadonlySet<number>,
): readonly string[] {
  const last = new Map<string, number>()
  const violations: string[] = []
  for (const n of first) {
    const line = `${failed.has(n) ? 'redrive' : 'mapping'} ${keys[n]}`
    const before = last.get(line) ?? -1
    if (n < before) violations.push(`I3: ${n} of ${keys[n]} came after ${before}`)
    last.set(line, n)
  }
  return violations
}
