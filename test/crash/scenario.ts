import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { createEngine } from '../../lib/index.ts'
import { openLmdbStateReader } from '../../lib/state/lmdb/lmdb-state-reader.ts'
import { seededFraction, testRuns } from '../support/seeded-random.ts'
import {
  checkStory,
  type FailedStory,
  type Finding,
  type JournalLine,
  readJournal,
} from './journal.ts'
import { keysPut, readPuts } from './puts.ts'
import {
  FAILED,
  JOURNAL,
  makeRecords,
  numbersOf,
  type Scenario,
  STREAM,
  scenarioConfiguration,
} from './scenario-project.ts'

const MILLRACE = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const DRIVER = fileURLToPath(new URL('./putting-driver.js', import.meta.url))
const CHANGING_DRIVER = fileURLToPath(new URL('./changing-driver.js', import.meta.url))
/** A run that dies of its own handler so often does not run out of retries. */
const RUNS_MAX = 400
/** A run that is let end and does not has stalled. @unit ms */
const RUN_MS_MAX = 60_000

/** When a process is killed. */
type Moment = { readonly after: 'spawn' | 'first-invocation'; readonly delayMs: number }

export type Outcome = Finding & { readonly deaths: number; readonly runs: number }

/** Runs a scenario: kills its process at random moments, restarts it each time, lets it end, and judges the story. */
export async function playScenario(scenario: Scenario, seed: number): Promise<Outcome> {
  const play = new Play(scenario, seed)
  try {
    await play.prepare()
    return await play.run()
  } finally {
    play.remove()
  }
}

class Play {
  readonly #scenario: Scenario
  readonly #random: () => number
  readonly #directory = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  readonly #journal = join(this.#directory, JOURNAL)
  readonly #config = join(this.#directory, 'millrace.json')
  readonly #records = join(this.#directory, 'records.ndjson')
  readonly #data = join(this.#directory, '.millrace')
  #keys: string[] = []
  #deaths = 0
  #runs = 0

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario
    this.#random = seededFraction(seed)
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async prepare(): Promise<void> {
    const configuration = scenarioConfiguration(this.#scenario, this.#directory)
    writeFileSync(this.#config, JSON.stringify(configuration))
    writeFileSync(this.#journal, '')
    const made = makeRecords(this.#scenario, this.#random)
    this.#keys = made.map(({ key }) => key)
    const lines = made.map(({ line }) => line)
    writeFileSync(this.#records, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    if (this.#scenario.putWhileRunning) return
    await using engine = await createEngine({ data: this.#data, streams: configuration.Streams })
    for (let at = 0; at < lines.length; at += 500)
      await engine.stream(STREAM).put(lines.slice(at, at + 500))
  }

  async run(): Promise<Outcome> {
    for (let kill = 0; kill < this.#scenario.kills; kill++) {
      const ledger = await this.#runOnce(this.#moment())
      if (ledger) return this.#judge(ledger)
    }
    while (this.#runs < RUNS_MAX) {
      const ledger = await this.#runOnce(undefined)
      if (ledger) return this.#judge(ledger)
    }
    throw new Error(`no end after ${RUNS_MAX} runs`)
  }

  /** One kill in four hits the start of the process and its loading, the others its work. */
  #moment(): Moment {
    return this.#random() < 0.25
      ? { after: 'spawn', delayMs: 50 + this.#random() * 450 }
      : { after: 'first-invocation', delayMs: this.#random() * 400 }
  }

  /** @returns the ledger when it came to its end; undefined when it died. */
  async #runOnce(kill: Moment | undefined): Promise<Record<string, number> | undefined> {
    this.#runs++
    const child = spawn(process.execPath, this.#command(), { stdio: ['ignore', 'pipe', 'pipe'] })
    const output: string[] = []
    const errors: string[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
    // A run that has stalled says where, and ends with an error.
    const stalled = setTimeout(() => child.kill('SIGTERM'), RUN_MS_MAX)
    const disarm = kill ? this.#killAt(child, kill) : () => {}
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    clearTimeout(stalled)
    disarm()
    if (code === 0) return JSON.parse(output.join('')) as Record<string, number>
    if (signal !== 'SIGKILL') throw new Error(`it ended with ${code ?? signal}: ${errors.join('')}`)
    this.#deaths++
    const killed = { killed: this.#deaths, mark: await this.#durableMark() }
    appendFileSync(this.#journal, `${JSON.stringify(killed)}\n`)
    return undefined
  }

  #command(): readonly string[] {
    const { putWhileRunning, splitting, changing } = this.#scenario
    const driven = [this.#config, STREAM, this.#records]
    const seed = String(Math.floor(this.#random() * 1e9))
    if (putWhileRunning) return [DRIVER, ...driven, ...(splitting ? [seed] : [])]
    if (changing) return [CHANGING_DRIVER, ...driven, seed]
    return [MILLRACE, 'run', '--config', this.#config, '--json']
  }

  /** @returns takes it back. */
  #killAt(child: ChildProcess, { after, delayMs }: Moment): () => void {
    let timer: NodeJS.Timeout
    const later = () => {
      timer = setTimeout(() => child.kill('SIGKILL'), delayMs)
    }
    if (after === 'spawn') later()
    else {
      const before = statSync(this.#journal).size
      timer = setInterval(() => {
        if (statSync(this.#journal).size === before) return
        clearInterval(timer)
        later()
      }, 5)
    }
    return () => clearInterval(timer)
  }

  /** Low-water mark that survives, where there is one shard. */
  async #durableMark(): Promise<string | null> {
    if ((this.#scenario.shards ?? 1) > 1) return null
    if (!existsSync(join(this.#data, 'state', 'data.mdb'))) return null
    const reader = await openLmdbStateReader(this.#data).catch(() => undefined)
    if (!reader) return null
    try {
      const [record] = reader.mappings()
      if (!record) return null
      const [shard] = reader.loadShards(record.uuid).values()
      return shard?.state.mark ?? null
    } finally {
      await reader.close()
    }
  }

  async #judge(ledger: Record<string, number>): Promise<Outcome> {
    const { retries, poison, destination } = this.#scenario
    const failed = await this.#failedBatches()
    const journal = readJournal(this.#journal)
    const finding = checkStory({
      keys: this.#scenario.putWhileRunning ? this.#keysPut(journal) : this.#keys,
      journal,
      failed,
      ledger,
      retriesMax: retries,
      budgetsRenew: this.#scenario.changing ?? false,
      threadsAreShared: (this.#scenario.concurrency ?? 1) > 1,
      threadsDie: poison?.kinds.some((kind) => kind !== 'throw') ?? false,
    })
    const missing = destination ? this.#notInFile(failed) : []
    const violations = [...finding.violations, ...missing]
    return { ...finding, violations, deaths: this.#deaths, runs: this.#runs }
  }

  #keysPut(journal: readonly JournalLine[]): readonly (string | undefined)[] {
    const seen = new Set(
      journal.flatMap((line) => ('records' in line ? line.records.map(([, , n]) => n) : [])),
    )
    return keysPut(readPuts(`${this.#records}.puts`), this.#keys, seen)
  }

  async #failedBatches(): Promise<readonly FailedStory[]> {
    const reader = await openLmdbStateReader(this.#data)
    try {
      return [...reader.failedBatches()].map(({ failed }) => ({
        attempts: failed.approximateInvokeCount,
        records: numbersOf(failed.payload),
      }))
    } finally {
      await reader.close()
    }
  }

  /** D16: every discarded batch is in the file, at least once. */
  #notInFile(failed: readonly FailedStory[]): readonly string[] {
    const file = join(this.#directory, FAILED)
    const text = existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : ''
    const lines = text === '' ? [] : text.split('\n')
    const sent = new Set(
      lines.map((line) => String(numbersOf((JSON.parse(line) as { payload: string }).payload))),
    )
    return failed
      .filter(({ records }) => !sent.has(String(records)))
      .map(({ records }) => `D16: the batch ${records} is not in the file`)
  }
}

/**
 * One test for each scenario, played until its process was killed as often as asked for. Seeds are made from `seed`,
 * which is printed with the command to replay it.
 */
export function playScenarios(
  t: Test,
  file: string,
  seed: number,
  scenarios: readonly Scenario[],
): void {
  t.comment(`replay: npm test -- dist/test/crash/${file}.test.js --seed ${seed}`)
  scenarios.forEach((scenario, index) => {
    t.test(scenario.name, async (t) => {
      const killsWanted = testRuns(scenario.kills)
      for (let kills = 0, round = 0; kills < killsWanted; round++) {
        const rest = { ...scenario, kills: killsWanted - kills }
        const outcome = await playScenario(rest, seed + index + 1000 * round)
        const { violations, again, deaths, runs } = outcome
        t.comment(`${deaths} deaths in ${runs} runs; ${again} records were handed over again`)
        t.same(violations, [])
        kills += deaths
      }
    })
  })
}
