import { setTimeout as delay, setImmediate as soon } from 'node:timers/promises'
import type { Command, Option } from 'commander'
import { MillraceError } from '../core/errors.ts'
import type { EpochMs } from '../core/ids.ts'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import type { Engine } from '../engine/engine.ts'
import type { InspectionEvent } from '../engine/inspection.ts'
import type { CommandContext } from './command-context.ts'
import { openWindowLines } from './explanation-text.ts'
import { ledgerText } from './ledger-text.ts'
import {
  type ConfigurationFlags,
  ruledOption,
  withConfiguration,
  withExample,
  withJson,
} from './options.ts'
import { countText, digitsText, printResult } from './print.ts'
import { ProgressLine } from './progress-line.ts'
import { reportError } from './report-error.ts'
import { isLogged, RunLog } from './run-log.ts'
import { RunWatch, UNREACHABLE_MS } from './run-watch.ts'
import { listenForStop, type StopSignal } from './stop-signal.ts'

/** How often a run is looked at. @unit ms */
const LOOK_MS = 250
/** Between two tries to reach a source at the start. @unit ms */
const START_AGAIN_MS = 500
const DURATION = { kind: 'duration', msMin: 0, msMax: 86_400_000 } as const

type Flags = ConfigurationFlags & {
  readonly json?: boolean
  readonly shutdownTimeout: number
  readonly stallTimeout: number
}

/** `millrace run`. @source contract §2; D23, D24 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .description('process everything that is there, print the ledger, exit')
  withConfiguration(command)
    .addOption(
      ruledOption(
        '--shutdown-timeout <duration>',
        'what running invocations get after SIGINT or SIGTERM',
        DURATION,
      ).default(30_000, '30s'),
    )
    .addOption(stallOption())
  withExample(withJson(command), 'millrace run', 'millrace run --config orders.yaml --json')
  command.action((flags: Flags) => run(flags, context))
}

/** `--stall-timeout` (D24). */
export function stallOption(): Option {
  const description = 'give up when nothing settles for so long and all wait for a retry; 0 = never'
  const ruled = ruledOption('--stall-timeout <duration>', description, DURATION)
  const { parseArg } = ruled
  return ruled
    .argParser((text: string) => (text === '0' ? 0 : parseArg?.(text, undefined)))
    .default(60_000, '60s')
}

async function run(flags: Flags, context: CommandContext): Promise<void> {
  const configuration = await load(flags, context)
  using stop = listenForStop()
  const engine = await startEngine(configuration, stop.signal)
  if (!engine) return context.exit(stop.exitCode!)
  const progress = new ProgressLine(context.stderr)
  const problem = await settle(engine, {
    flags,
    context,
    configuration,
    stop,
    progress,
    progressed: progressedOf(engine),
  })
  // Told when it is true: from here on no batch begins.
  const stopped = engine.stop({ withinMs: flags.shutdownTimeout })
  if (stop.exitCode !== undefined) {
    progress.interrupt('stopping: a second signal ends it at once')
  }
  await stopped
  progress.clear()
  if (problem !== undefined) context.exit(reportError(problem, context))
  if (stop.exitCode !== undefined) context.exit(stop.exitCode)
  finish(engine, { flags, context, configuration })
}

/** Apart from {@link run}: TypeScript 5.9 does not rewrite an import's `.ts` in a function that has a `using`. */
async function load(flags: Flags, context: CommandContext): Promise<EngineConfiguration> {
  const { loadConfiguration } = await import('../settings/load-configuration.ts')
  const { workingDirectory, environment } = context
  const whenMissing = 'refuse'
  const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
  return loaded.configuration
}

/**
 * An engine that has started; `undefined` where a signal came first.
 * @throws MillraceError MILLRACE_SOURCE_UNREACHABLE when its source stays away for {@link UNREACHABLE_MS}.
 */
async function startEngine(
  configuration: EngineConfiguration,
  signal: AbortSignal,
): Promise<Engine | undefined> {
  const { Engine } = await import('../engine/engine.ts')
  const began = Date.now()
  while (!signal.aborted) {
    const engine = await Engine.open(configuration)
    const stopNow = () => void engine.stop({ withinMs: 0 })
    signal.addEventListener('abort', stopNow, { once: true })
    try {
      await engine.start()
      return engine
    } catch (error) {
      // It has stopped, or is about to: whichever came first.
      await engine.stop()
      if (signal.aborted) return undefined
      if (!isUnreachable(error) || Date.now() - began >= UNREACHABLE_MS) throw error
      await delay(START_AGAIN_MS, undefined, { signal }).catch(() => {})
    } finally {
      signal.removeEventListener('abort', stopNow)
    }
  }
  return undefined
}

function isUnreachable(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'MILLRACE_SOURCE_UNREACHABLE'
}

export type Settling = {
  readonly flags: { readonly stallTimeout: number }
  readonly context: CommandContext
  readonly configuration: EngineConfiguration
  readonly stop: StopSignal
  readonly progress: ProgressLine
  /** What the progress line counts. */
  readonly progressed: Progressed
}

/** How much is done, and how much is not. */
export type Progressed = () => { readonly settled: number; readonly rest: string }

/** Waits until everything is settled, or a signal comes. @returns why it will not be settled, if so. */
export async function settle(
  engine: Engine,
  { flags, context, configuration, stop, progress, progressed }: Settling,
): Promise<unknown> {
  const ended = new AbortController()
  const log = new RunLog(engine, context, progress)
  const endpoint = configuration.sources.dynamoDb.endpoint ?? 'the source'
  const watch = new RunWatch(engine, { stallTimeoutMs: flags.stallTimeout, endpoint })
  let problem: unknown
  const giveUp = (why: unknown) => {
    problem ??= why
    ended.abort()
  }
  const logging = follow(engine, log, giveUp)
  const showProgress = progressOf(progressed, progress)
  const timer = setInterval(() => {
    const now = Date.now() as EpochMs
    showProgress(now)
    const why = watch.look(now)
    if (why) giveUp(why)
  }, LOOK_MS)
  try {
    await engine.caughtUp({ signal: AbortSignal.any([stop.signal, ended.signal]) })
  } catch (error) {
    if (!stop.signal.aborted && !ended.signal.aborted) problem = error
  } finally {
    clearInterval(timer)
  }
  // Everything that was told until now is printed by then.
  await soon()
  logging.end()
  return problem
}

/** Prints the engine's events until `end`. What cannot go on ends the run. */
function follow(engine: Engine, log: RunLog, giveUp: (why: unknown) => void): { end(): void } {
  const events = engine.inspect()[Symbol.asyncIterator]()
  let isOver = false
  const next = (): void => {
    // The stream never fails: what is thrown here is a bug of the printer, and ends the run.
    events.next().then(({ done, value: event }) => {
      if (done || isOver) return
      if (isLogged(event)) log.tell(event)
      else giveUpOn(event, giveUp)
      next()
    }, giveUp)
  }
  next()
  return {
    end() {
      isOver = true
      log.end()
    },
  }
}

function giveUpOn(event: InspectionEvent, giveUp: (why: unknown) => void): void {
  if (event.type !== 'mapping-failed') return
  const { mapping, reason } = event
  giveUp(MillraceError.of('MILLRACE_RUN_FAILED', { what: `mapping ${mapping}`, reason }))
}

/** Records settled, how fast, and what is left. */
function progressOf(progressed: Progressed, progress: ProgressLine): (now: number) => void {
  let last = { settled: progressed().settled, at: Date.now() }
  return (now) => {
    const { settled, rest } = progressed()
    const rate = (1000 * (settled - last.settled)) / Math.max(1, now - last.at)
    last = { settled, at: now }
    const perSecond = digitsText(Math.round(rate))
    progress.show(`${countText(settled, 'record')} settled, ${perSecond}/s, ${rest}`)
  }
}

function progressedOf(engine: Engine): Progressed {
  return () => {
    const { polled, inFlight } = engine.ledger()
    return { settled: polled - inFlight, rest: `${countText(inFlight, 'record')} in flight` }
  }
}

function finish(
  engine: Engine,
  {
    flags,
    context,
    configuration,
  }: Pick<Settling, 'context' | 'configuration'> & { readonly flags: Flags },
): void {
  const ledger = engine.ledger()
  const mappings = engine.status()
  const { stderr, paint } = context
  if (mappings.length === 0) stderr.write('no mapping is enabled: nothing was read\n')
  if (ledger.sent + ledger.dropped > 0) {
    const given = countText(ledger.sent + ledger.dropped, 'record')
    stderr.write(
      paint.dim(
        `${given} given up so far: millrace failed list --data ${configuration.dataDirectory}\n`,
      ),
    )
  }
  for (const line of openWindowLines(engine.explain())) stderr.write(`${paint.dim(line)}\n`)
  printResult(context, flags, { json: ledger, text: () => ledgerText(mappings, ledger) })
}
