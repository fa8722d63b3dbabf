import type { Findings } from '../audit/check-log.ts'
import type { Backlog } from '../load/backlog.ts'
import type { FigureRule, Measured } from './figure.ts'

/** What every benchmark is given. */
export type BenchmarkContext = {
  /** A directory that is removed at the end. */
  readonly scratch: string
  /** Of the workload. */
  readonly seed: number
  /** Of the backlog. */
  readonly records: number
  /** Measured runs of each contender, after one that warms up. */
  readonly runs: number
  /** Length of a measurement that is made over time. @unit s */
  readonly seconds: number
  /** Items in the table of DynamoDB Local. */
  readonly tableRecords: number
  /** Whether what needs Java may be started. */
  readonly java: boolean
  /** Only that it works and audits clean is asked for, not how fast: everything at its smallest. */
  readonly smoke: boolean
  /** What only `handler` is told. */
  readonly trial?: TrialOptions
  /** Aborts when the benchmark is to end early. */
  readonly signal: AbortSignal
  /** The backlog in an embedded stream; written when first asked for. */
  backlog(): Promise<Backlog>
  /** Counts a run's audit that passed. */
  audited(findings: Findings): void
  progress(line: string): void
}

/** A user's own function, and what it is given. */
export type TrialOptions = {
  /** Their configuration file. */
  readonly config: string
  /** UUID of a mapping, or its function's or stream's name; the first one where it is not given. */
  readonly mapping?: string
  /** As fast as it goes where it is not given. */
  readonly ratePerSecond?: number
  /** NDJSON of contract §4; generated records where it is not given. */
  readonly recordsFile?: string
}

/** What is drawn of a benchmark. Points are `[x, y]`. */
export type Plot = {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
  }[]
}

/**
 * `label` says the unit. On a `time` axis are seconds since the measurement began, written as a clock does; on a
 * `percentile` axis 0 to 100, where 90, 99 and 99.9 are as far from one another and 100 has no place.
 */
export type Axis = {
  readonly label: string
  readonly scale?: 'linear' | 'log' | 'time' | 'percentile'
}

/** One measurement in one file: a question, the figures that answer it, and how they are got. */
export type Benchmark<Names extends string = string> = {
  readonly name: string
  /** One sentence. */
  readonly question: string
  readonly figures: Readonly<Record<Names, FigureRule>>
  /** How long a measurement takes that is made over time, where `--duration` does not say. @unit s */
  readonly defaultSeconds?: number
  /** The same where it is the only benchmark that was named. @unit s */
  readonly aloneSeconds?: number
  /** It needs to be told something, and runs only when it is named. */
  readonly isAskedFor?: boolean
  /** @throws AuditFailure where a run lost, doubled or reordered a record. */
  run(context: BenchmarkContext): Promise<Outcome<Names>>
}

export type Outcome<Names extends string = string> = {
  readonly figures: Readonly<Record<Names, Measured>>
  readonly plots?: readonly Plot[]
}

/** Checks that a benchmark gives all the figures that it promises, and no other. */
export const benchmark = <Names extends string>(definition: Benchmark<Names>): Benchmark<Names> =>
  definition
