import type { Command } from 'commander'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import { printable } from '../core/printable.ts'
import type { FailedBatchFilter } from '../core/redrive/failed-batch-filter.ts'
import { skippedJson, summaryOf } from '../core/redrive/failed-batch-json.ts'
import type { RedriveSelection } from '../core/redrive/redrive-selection.ts'
import type { Engine } from '../engine/engine.ts'
import type { Redrive } from '../engine/redrive/engine-failed.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { openIdleEngine } from './data-directory.ts'
import { expectSelection, type FilterFlags, filterOf, withFilter } from './failed-filter.ts'
import { redriveText } from './failed-summary.ts'
import {
  type ConfigurationFlags,
  ruledOption,
  withConfiguration,
  withExample,
  withJson,
} from './options.ts'
import { countText, printResult } from './print.ts'
import { ProgressLine } from './progress-line.ts'
import { type Progressed, settle, stallOption } from './run.ts'
import { listenForStop } from './stop-signal.ts'

/** Records a second at most, where a rate is given. */
const RATE_MAX = 1_000_000
const DURATION = { kind: 'duration', msMin: 0, msMax: 86_400_000 } as const

type Flags = ConfigurationFlags &
  FilterFlags & {
    readonly json?: boolean
    readonly all?: boolean
    readonly dryRun?: boolean
    readonly includeStale?: boolean
    readonly rate?: number
    readonly resume?: boolean
    readonly cancel?: string
    readonly stallTimeout: number
    readonly shutdownTimeout: number
  }

/** `millrace failed redrive`. @source contract §2; docs/decisions/0010 */
export function registerRedrive(failed: Command, context: CommandContext): void {
  const command = failed
    .command('redrive')
    .description('send failed batches again, to the function and by the rules of their mapping')
    .argument('[ids...]', 'only these')
    .option('--all', 'all of them')
    .option('--dry-run', 'say what would be sent and what would not, and send nothing')
    .option('--include-stale', 'also batches of whose keys newer records were delivered since')
    .addOption(
      ruledOption('--rate <n>', 'records a second, at most', {
        kind: 'integer',
        min: 1,
        max: RATE_MAX,
      }),
    )
    .option('--resume', 'go on with redrives that have not ended')
    .option('--cancel <redrive>', 'end this one: what it has not settled stays a failed batch')
    .addOption(stallOption())
    .addOption(
      ruledOption(
        '--shutdown-timeout <duration>',
        'what running invocations get after SIGINT or SIGTERM',
        DURATION,
      ).default(30_000, '30s'),
    )
  withExample(
    withJson(withFilter(withConfiguration(command))),
    'millrace failed redrive --condition RetryAttemptsExhausted --dry-run',
    'millrace failed redrive 0199a1b2c3d4-000000',
    'millrace failed redrive --all --rate 100',
    'millrace failed redrive --resume',
  )
  command.action((ids: readonly string[], flags: Flags) => redrive(ids, flags, context))
}

async function redrive(
  ids: readonly string[],
  flags: Flags,
  context: CommandContext,
): Promise<void> {
  const filter = filterOf(flags, ids)
  const { resume, cancel, dryRun } = flags
  if (resume || cancel !== undefined) {
    if (Object.keys(filter).length > 0 || flags.all || dryRun || (resume && cancel !== undefined))
      throw new UsageError('--resume and --cancel stand alone', 'millrace failed redrive')
  } else expectSelection('millrace failed redrive', filter, flags.all)
  const { engine, configuration } = await openIdleEngine(context, flags, 'refuse')
  const command = { engine, configuration, flags, context, filter }
  try {
    if (cancel !== undefined) await cancelOne(cancel, command)
    else if (dryRun) await preview(command)
    else await run(command)
  } finally {
    await engine.stop()
  }
}

type RedriveCommand = {
  readonly configuration: EngineConfiguration
  readonly engine: Engine
  readonly flags: Flags
  readonly context: CommandContext
  readonly filter: FailedBatchFilter
}

async function cancelOne(id: string, { engine, flags, context }: RedriveCommand): Promise<void> {
  const ledger = await engine.failed.cancel(id)
  const { recordCount } = engine.failed.redrives().find((task) => task.id === id)!
  const state = 'cancelled'
  printResult(context, flags, {
    json: { id, state, ledger },
    text: () => redriveText({ id, state, ledger, recordCount }),
  })
}

async function preview({ engine, flags, context, filter }: RedriveCommand): Promise<void> {
  const options = { includeStale: flags.includeStale === true }
  const selections: RedriveSelection[] = []
  for (const part of byMapping(engine, filter))
    selections.push(await engine.failed.preview(part, options))
  const sent = selections.flatMap((selection) => selection.sent)
  const skipped = selections.flatMap((selection) => selection.skipped)
  const records = sent.reduce((sum, { facts }) => sum + facts.recordCount, 0)
  printResult(context, flags, {
    json: { dryRun: true, records, sent: sent.map(summaryOf), skipped: skipped.map(skippedJson) },
    text: () =>
      [
        `${countText(sent.length, 'batch')}, ${countText(records, 'record')} would be sent`,
        ...sent.map(({ id }) => `  ${id}`),
        ...skippedLines(skipped),
      ].join('\n'),
  })
}

/** Batches of several mappings are several redrives. */
function byMapping(engine: Engine, filter: FailedBatchFilter): readonly FailedBatchFilter[] {
  const mappings = new Set(engine.failed.list(filter).map(({ facts }) => facts.mapping))
  return [...mappings].map((mapping) => ({ ...filter, mapping }))
}

async function run({
  engine,
  configuration,
  flags,
  context,
  filter,
}: RedriveCommand): Promise<void> {
  using stop = listenForStop()
  await engine.start()
  const redrives = flags.resume ? await engine.failed.resume() : await begin(engine, filter, flags)
  const progress = new ProgressLine(context.stderr)
  const progressed = progressedOf(redrives)
  const settling = { flags, context, configuration, stop, progress, progressed }
  const problem = await settle(engine, settling)
  const stopped = engine.stop({ withinMs: flags.shutdownTimeout })
  if (stop.exitCode !== undefined) progress.interrupt('stopping: a second signal ends it at once')
  const outcomes = await Promise.allSettled(redrives.map(({ done }) => done))
  await stopped
  progress.clear()
  const ended = outcomes.map(({ status }) => (status === 'fulfilled' ? 'done' : 'running'))
  report({ redrives, states: ended, flags, context })
  if (stop.exitCode !== undefined) return context.exit(stop.exitCode)
  if (problem !== undefined) throw problem
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function begin(
  engine: Engine,
  filter: FailedBatchFilter,
  { includeStale = false, rate }: Flags,
): Promise<readonly Redrive[]> {
  const options = { includeStale, ...(rate === undefined ? {} : { recordsPerSecond: rate }) }
  const begun: Redrive[] = []
  for (const part of byMapping(engine, filter))
    begun.push(await engine.failed.redrive(part, options))
  return begun
}

function progressedOf(redrives: readonly Redrive[]): Progressed {
  const total = redrives
    .flatMap(({ sent }) => sent)
    .reduce((sum, { facts }) => sum + facts.recordCount, 0)
  return () => {
    const settled = redrives
      .map((redrive) => redrive.ledger())
      .reduce((sum, { polled, inFlight }) => sum + polled - inFlight, 0)
    return { settled, rest: `${countText(Math.max(0, total - settled), 'record')} to go` }
  }
}

function report({
  redrives,
  states,
  flags,
  context,
}: {
  readonly redrives: readonly Redrive[]
  readonly states: readonly ('done' | 'running')[]
  readonly flags: Flags
  readonly context: CommandContext
}): void {
  const skipped = redrives.flatMap((redrive) => redrive.skipped)
  const lines = redrives.flatMap(({ id, sent, ...redrive }, i) => {
    if (id === undefined) return []
    const recordCount = sent.reduce((sum, { facts }) => sum + facts.recordCount, 0)
    const batchCount = sent.length
    return [{ id, state: states[i]!, batchCount, recordCount, ledger: redrive.ledger() }]
  })
  const isLeft = states.includes('running')
  printResult(context, flags, {
    json: { redrives: lines, skipped: skipped.map(skippedJson) },
    text: () =>
      [
        ...(lines.length === 0 ? ['nothing to redrive'] : lines.map(redriveText)),
        ...(isLeft ? ['go on with: millrace failed redrive --resume'] : []),
        ...skippedLines(skipped),
      ].join('\n'),
  })
}

type Skipped = RedriveSelection['skipped']

function skippedLines(skipped: Skipped): readonly string[] {
  if (skipped.length === 0) return []
  const onDemand = skipped.some(({ because }) => because !== 'impossible')
  return [
    `${countText(skipped.length, 'batch')} skipped${onDemand ? ' (--include-stale sends those that are stale or unknown)' : ''}`,
    ...skipped.map(
      ({ batch, because, reason }) => `  ${batch.id}  ${because}: ${printable(reason)}`,
    ),
  ]
}
