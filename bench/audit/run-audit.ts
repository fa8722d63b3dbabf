import type { Ledger } from '../../lib/core/ledger/ledger.ts'
import { perSecond } from '../suite/statistics.ts'
import { checkLog, type Expectation, type Findings, type Violation } from './check-log.ts'
import { type HandlerLog, type LoggedInvocation, type Moment, momentNow } from './handler-log.ts'

/** A record was lost, doubled, reordered or not accounted for: the run's figures mean nothing. */
export class AuditFailure extends Error {
  override readonly name = 'AuditFailure'
}

/** Totals of the audits of all runs of a benchmark. */
export type AuditTotals = { readonly runs: number } & Omit<Findings, 'first'>

export const NO_AUDITS: AuditTotals = {
  runs: 0,
  invocations: 0,
  deliveries: 0,
  repeated: 0,
  repeatedAfterFailure: 0,
  repeatedAfterSilence: 0,
  repeatedAfterRestart: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  unexpected: 0,
}

export function addFindings(totals: AuditTotals, { first: _, ...findings }: Findings): AuditTotals {
  const sum = { ...totals, runs: totals.runs + 1 }
  for (const [name, count] of Object.entries(findings) as [keyof typeof findings, number][])
    sum[name] += count
  return sum
}

/** What a run's audit is told besides the log. */
export type AuditFacts = Expectation & RunFacts

/** What a message about a run is made of. */
export type RunFacts = {
  /** Of the whole run. */
  readonly name: string
  readonly recordCount: number
  /** For the message about the first violation; reads the stream once more. */
  sequenceNumbersOf?(records: readonly number[]): Promise<readonly string[]>
}

/** What handlers wrote down: into memory that they share with us, or a program of its own into a file. */
export type WrittenLog = {
  readonly isOverflowed: boolean
  invocations(): Iterable<LoggedInvocation>
}

/** Holds what the handlers saw against what was put. @throws AuditFailure which names the first violation. */
export async function auditLog(log: WrittenLog, facts: AuditFacts): Promise<Findings> {
  if (log.isOverflowed)
    throw new AuditFailure(`${facts.name}: more was delivered than the handlers' log has space for`)
  return auditFindings(checkLog(log.invocations(), facts), facts)
}

/** @returns findings that are sound. @throws AuditFailure which names the first violation. */
export async function auditFindings(findings: Findings, facts: RunFacts): Promise<Findings> {
  const { lost, duplicated, reordered, unexpected, first } = findings
  if (!first) return findings
  throw new AuditFailure(
    `${facts.name}: ${lost} records lost, ${duplicated} delivered twice, ${reordered} out of order, ` +
      `${unexpected} that should not have come; the first: ${await describe(first, facts)}`,
  )
}

async function describe(violation: Violation, facts: RunFacts): Promise<string> {
  const { kind, key, record, other } = violation
  const records = other === undefined ? [record] : [record, other]
  const isPut = records.every((number) => number < facts.recordCount)
  const numbers = isPut ? await facts.sequenceNumbersOf?.(records) : undefined
  const [one, two] = records.map((number, i) =>
    numbers ? `record ${number} (sequence number ${numbers[i]})` : `record ${number}`,
  )
  const where = `of key number ${key}`
  if (kind === 'reordered') return `${two} ${where} came before ${one} was done`
  if (kind === 'lost') return `${one} ${where} was never done`
  if (kind === 'duplicated') return `${one} ${where} came again after it was done`
  return `${one} should not have come, or not have been given up`
}

/** How many records must have met which fate. Default: 0. */
export type LedgerExpectation = {
  readonly delivered: number
  readonly filtered?: number
  /** Sent to a destination or dropped. */
  readonly discarded?: number
}

/** Contract §7: every record polled met its fate, and nothing is in flight. @throws AuditFailure */
export function auditLedger(name: string, ledger: Ledger, expected: LedgerExpectation): void {
  const { polled, delivered, filtered, sent, dropped, inFlight } = ledger
  const { filtered: passedBy = 0, discarded = 0 } = expected
  if (
    polled === delivered + filtered + sent + dropped + inFlight &&
    inFlight === 0 &&
    delivered === expected.delivered &&
    filtered === passedBy &&
    sent + dropped === discarded
  )
    return
  throw new AuditFailure(
    `${name}: the ledger says ${JSON.stringify(ledger)}, expected was ${JSON.stringify(expected)}`,
  )
}

/**
 * A drain is measured between these shares of its records. Before the first, threads start and code is compiled; at
 * the second, a backlog of a million still fills the engine's read-ahead (64 MB of a shard: some 190,000 records), so
 * that as many records are read between the marks as are handled.
 */
const FIRST_SHARE = 0.4
const SECOND_SHARE = 0.8

/** What a drain whose audit passed has shown. */
export type Drain = {
  /** Between the two marks. @unit records/s */
  readonly steady: number
  /** From the first read to the last record settled. @unit records/s */
  readonly whole: number
  /** Processor time of all threads between the marks. @unit µs for each record */
  readonly processorUs: number
}

/**
 * Times a drain of so many records, whose handlers write `log`.
 * @returns how fast it was; whether it was right is another question: see {@link auditLog}.
 */
export async function timeDrain(
  log: HandlerLog,
  recordCount: number,
  drain: () => Promise<void>,
): Promise<Drain> {
  const firstMark = Math.ceil(recordCount * FIRST_SHARE)
  const secondMark = Math.ceil(recordCount * SECOND_SHARE)
  log.mark(firstMark, secondMark)
  const begun = momentNow()
  await drain()
  return drainBetween(log.moments(), secondMark - firstMark, {
    span: { begun, ended: momentNow() },
    recordCount,
  })
}

function drainBetween(
  { first, second }: { readonly first: Moment; readonly second: Moment },
  between: number,
  whole: {
    readonly recordCount: number
    readonly span: { readonly begun: Moment; readonly ended: Moment }
  },
): Drain {
  const { begun, ended } = whole.span
  return {
    steady: perSecond(between, second.atNs - first.atNs),
    whole: perSecond(whole.recordCount, ended.atNs - begun.atNs),
    processorUs: (second.processorUs - first.processorUs) / between,
  }
}
