import { drainWithFailures, type FailingDrainResult } from './engine/failing-drain.ts'
import { compareWithRules, type FailureRules } from './failure-rules.ts'
import { type Behaviour, isPoison } from './handlers/behaviour.ts'
import { type Backlog, writeBacklog } from './load/backlog.ts'
import { Workload } from './load/workload.ts'
import { takeTurns } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { type Summary, summarize } from './suite/statistics.ts'

const BATCH_SIZE = 100
/** `MaximumRetryAttempts` */
const RETRIES = 2
/** Of the records. */
const POISON_SHARES = [0.0001, 0.01, 0.1] as const
type PoisonShare = (typeof POISON_SHARES)[number]

const RECORDS_MAX = 400_000
/** Each costs some ten invocations, and every failed one waits for the disk: more tell nothing new. */
const POISON_MAX = 1000
const RECORDS_SMOKE = 1000

const MODES = {
  neither: { bisect: false, partial: false },
  bisect: { bisect: true, partial: false },
  partial: { bisect: false, partial: true },
  both: { bisect: true, partial: true },
} as const
type Mode = keyof typeof MODES
const MODE_NAMES = Object.keys(MODES) as readonly Mode[]
const MODE_LABELS: Readonly<Record<Mode, string>> = {
  neither: 'whole batches',
  bisect: 'bisect',
  partial: 'partial responses',
  both: 'bisect and partial responses',
}

/** What one drain has shown. */
type Drained = {
  readonly recordsPerSecond: number
  readonly invocations: number
  readonly demanded: number
  readonly unlike: number
  readonly givenUp: number
}
/** Of one share of poison: a round is a clean drain and one of each mode. */
type Rounds = readonly { readonly clean: Drained; readonly poisoned: Record<Mode, Drained> }[]

const relativeTo = (share: string, mode: string) =>
  ({ unit: 'x', meaning: `records/s with ${share} of poison by those without, ${mode}` }) as const

/** Waits before retries are a millisecond: what is measured is the work, not the waiting. */
export const failure = benchmark({
  name: 'failure',
  question: 'What does poison cost?',
  figures: {
    poisonInvocations: {
      unit: 'x',
      meaning:
        'invocations made by those that AWS’s rules demand for the same batches, 1 % of poison, bisect and partial responses',
      bound: { atMost: 1 },
    },
    unlikeRules: {
      unit: '',
      meaning: 'invocations, in all drains, of other records than the rules demand next',
      bound: { atMost: 0 },
    },
    relativeRare: relativeTo('0.01 %', MODE_LABELS.both),
    relative: relativeTo('1 %', MODE_LABELS.both),
    relativeOften: relativeTo('10 %', MODE_LABELS.both),
    relativeNeither: relativeTo('1 %', MODE_LABELS.neither),
    relativeBisect: relativeTo('1 %', MODE_LABELS.bisect),
    relativePartial: relativeTo('1 %', MODE_LABELS.partial),
  },
  async run(context) {
    const byShare = new Map<PoisonShare, Rounds>()
    for (const share of POISON_SHARES) byShare.set(share, await measure(share, context))
    const relative = (share: PoisonShare, mode: Mode) => relativeFigure(byShare.get(share)!, mode)
    const all = [...byShare.values()]
      .flat()
      .flatMap(({ clean, poisoned }) => [clean, ...Object.values(poisoned)])
    return {
      figures: {
        poisonInvocations: invocationsFigure(byShare.get(0.01)!),
        unlikeRules: { summary: summarize([all.reduce((sum, { unlike }) => sum + unlike, 0)]) },
        relativeRare: relative(0.0001, 'both'),
        relative: relative(0.01, 'both'),
        relativeOften: relative(0.1, 'both'),
        relativeNeither: relative(0.01, 'neither'),
        relativeBisect: relative(0.01, 'bisect'),
        relativePartial: relative(0.01, 'partial'),
      },
      plots: [
        {
          title: 'Throughput by share of poison',
          x: { label: 'poison, % of the records', scale: 'log' },
          y: { label: 'records/s by those without poison' },
          series: MODE_NAMES.map((mode) => ({
            name: MODE_LABELS[mode],
            points: POISON_SHARES.map(
              (share) => [share * 100, relativesOf(byShare.get(share)!, mode).median] as const,
            ),
          })),
        },
      ],
    }
  },
})

async function measure(share: PoisonShare, context: BenchmarkContext): Promise<Rounds> {
  const { scratch, seed, smoke } = context
  const most = Math.min(context.records, RECORDS_MAX, POISON_MAX / share)
  const workload = new Workload({ seed })
  const backlog = await writeBacklog(scratch, smoke ? RECORDS_SMOKE : most, { workload })
  const poison = { share, seed: seed + 1 }
  const percent = `${share * 100} % of poison`
  const contenders = [
    {
      name: `clean, ${backlog.recordCount} records`,
      run: () => drain(backlog, { name: 'clean', mode: 'neither' }, context),
    },
    ...MODE_NAMES.map((mode) => {
      const name = `${percent}, ${MODE_LABELS[mode]}`
      return { name, run: () => drain(backlog, { name, mode, poison }, context) }
    }),
  ]
  const rounds = await takeTurns(context, contenders)
  return rounds.map(([clean, neither, bisect, partial, both]) => ({
    clean: clean!,
    poisoned: { neither: neither!, bisect: bisect!, partial: partial!, both: both! },
  }))
}

async function drain(
  backlog: Backlog,
  run: Pick<Behaviour, 'poison'> & { readonly name: string; readonly mode: Mode },
  context: BenchmarkContext,
): Promise<Drained> {
  const { name, mode, poison } = run
  const rules: FailureRules = { retries: RETRIES, ...MODES[mode] }
  const behaviour: Behaviour = { partial: rules.partial, ...(poison ? { poison } : {}) }
  const result = await drainWithFailures(
    backlog,
    { name, batchSize: BATCH_SIZE, retries: RETRIES, bisect: rules.bisect, behaviour },
    context,
  )
  return drained(result, behaviour, rules)
}

function drained(
  { log, discarded, recordsPerSecond }: FailingDrainResult,
  behaviour: Behaviour,
  rules: FailureRules,
): Drained {
  const isBad = (record: number) => isPoison(behaviour, record)
  const { made, demanded, unlike } = compareWithRules(log.invocations(), isBad, rules)
  return { recordsPerSecond, invocations: made, demanded, unlike, givenUp: discarded.size }
}

const relativesOf = (rounds: Rounds, mode: Mode): Summary =>
  summarize(
    rounds.map(({ clean, poisoned }) => poisoned[mode].recordsPerSecond / clean.recordsPerSecond),
  )

function relativeFigure(rounds: Rounds, mode: Mode): Measured {
  const each = (value: (round: Rounds[number]) => number) => summarize(rounds.map(value))
  return {
    summary: relativesOf(rounds, mode),
    details: {
      recordsPerSecond: each(({ poisoned }) => poisoned[mode].recordsPerSecond),
      cleanRecordsPerSecond: each(({ clean }) => clean.recordsPerSecond),
      invocations: each(({ poisoned }) => poisoned[mode].invocations),
      demandedInvocations: each(({ poisoned }) => poisoned[mode].demanded),
      cleanInvocations: each(({ clean }) => clean.invocations),
      givenUp: each(({ poisoned }) => poisoned[mode].givenUp),
    },
  }
}

const invocationsFigure = (rounds: Rounds): Measured => ({
  summary: summarize(rounds.map(({ poisoned: { both } }) => both.invocations / both.demanded)),
  details: {
    made: summarize(rounds.map(({ poisoned }) => poisoned.both.invocations)),
    demanded: summarize(rounds.map(({ poisoned }) => poisoned.both.demanded)),
  },
})
