import { AuditFailure } from './audit/run-audit.ts'
import { drainWithFailures, type FailingDrainResult } from './engine/failing-drain.ts'
import { type Backlog, writeBacklog } from './load/backlog.ts'
import { Workload } from './load/workload.ts'
import { type OrderScenario, orderScenarios } from './order-scenarios.ts'
import { type BenchmarkContext, benchmark } from './suite/benchmark.ts'
import { summarize } from './suite/statistics.ts'

/** Enough for each scenario to meet its trouble many times. */
const RECORDS_MAX = 100_000
const RECORDS_SMOKE = 2000
const SILENCES = 20
const SILENCES_SMOKE = 2
/** By Zipf's law with it the first of 10,000 keys has a sixth of the records. */
const ZIPF_EXPONENT = 1.1

/** A scenario as it went. */
type Row = {
  readonly scenario: string
  readonly records: number
  readonly invocations: number
  readonly repeated: number
  readonly afterFailure: number
  readonly afterSilence: number
  readonly afterRestart: number
  readonly givenUp: number
  readonly lost: number
  readonly reordered: number
  readonly duplicated: number
  /** Deliveries until each thing that happened in its midst. */
  readonly midstAt: readonly number[]
}

const NONE = { atMost: 0 } as const

/** A violation ends the benchmark before any figure is made: where there are figures, these are 0. */
export const order = benchmark({
  name: 'order',
  question: 'Does order by key hold under load, whatever gets in its way?',
  figures: {
    lost: { unit: '', meaning: 'records that were neither delivered nor given up', bound: NONE },
    reordered: {
      unit: '',
      meaning: 'records that came before one of their key was done',
      bound: NONE,
    },
    duplicated: {
      unit: '',
      meaning: 'records that came again although they were done',
      bound: NONE,
    },
    repeated: {
      unit: '',
      meaning:
        'records that came again because the invocation before had failed, had not answered, or was cut off by a stop',
    },
  },
  async run(context) {
    const records = context.smoke ? RECORDS_SMOKE : Math.min(context.records, RECORDS_MAX)
    const { scratch, seed, runs } = context
    const write = (skew: 'uniform' | { readonly zipf: number }) =>
      writeBacklog(scratch, records, { workload: new Workload({ seed, skew }) })
    const backlogs = {
      uniform: await write('uniform'),
      zipf: await write({ zipf: ZIPF_EXPONENT }),
    }
    const silences = context.smoke ? SILENCES_SMOKE : SILENCES
    const rounds: (readonly Row[])[] = []
    for (let run = 1; run <= runs; run++) {
      const rows: Row[] = []
      // Every round has other records that fail.
      for (const scenario of orderScenarios({ records, silences, seed: seed + run }))
        rows.push(await play(scenario, backlogs[scenario.skew], context))
      rounds.push(rows)
    }
    const total = (member: 'lost' | 'reordered' | 'duplicated' | 'repeated') =>
      summarize(rounds.map((rows) => rows.reduce((sum, row) => sum + row[member], 0)))
    return {
      figures: {
        lost: { summary: total('lost'), details: { scenarios: rounds.flat() } },
        reordered: { summary: total('reordered') },
        duplicated: { summary: total('duplicated') },
        repeated: { summary: total('repeated') },
      },
    }
  },
})

async function play(
  scenario: OrderScenario,
  backlog: Backlog,
  context: BenchmarkContext,
): Promise<Row> {
  context.signal.throwIfAborted()
  const { expects, skew: _, ...drain } = scenario
  const result = await drainWithFailures(backlog, drain, context)
  const count = expects === 'discards' ? result.discarded.size : result.findings[expects]
  if (count === 0)
    throw new AuditFailure(`${drain.name}: nothing happened of what it is about: ${expects}`)
  const row = rowOf(drain.name, backlog.recordCount, result)
  context.progress(textOf(row))
  return row
}

function rowOf(
  scenario: string,
  records: number,
  { findings, discarded, midstAt }: FailingDrainResult,
): Row {
  return {
    scenario,
    records,
    invocations: findings.invocations,
    repeated: findings.repeated,
    afterFailure: findings.repeatedAfterFailure,
    afterSilence: findings.repeatedAfterSilence,
    afterRestart: findings.repeatedAfterRestart,
    givenUp: discarded.size,
    lost: findings.lost,
    reordered: findings.reordered,
    duplicated: findings.duplicated,
    midstAt,
  }
}

function textOf(row: Row): string {
  const { scenario, records, invocations, givenUp, midstAt } = row
  const causes = `${row.afterFailure} after failures, ${row.afterSilence} after silence, ${row.afterRestart} after a restart`
  const midst = midstAt.length > 0 ? `; it happened after ${midstAt.join(' and ')} deliveries` : ''
  return (
    `${scenario}: ${records} records, ${invocations} invocations, ${row.repeated} repeated (${causes}), ` +
    `${givenUp} given up; lost ${row.lost}, reordered ${row.reordered}, duplicated ${row.duplicated}${midst}`
  )
}
