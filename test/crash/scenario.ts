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

const MILLRACE = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const DRIVER = fileURLToPath(new URL('./putting-driver.js', import.meta.url))
const CHANGING_DRIVER = fileURLToPath(new URL('./changing-driver.js', import.meta.url))
const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const STREAM = 'orders'
/** A run that dies of its own handler so often does not run out of retries. */
const RUNS_MAX = 400
/** A run that is let end and does not has stalled. @unit ms */
const RUN_MS_MAX = 60_000

/** What a handler does to a record with this word in it: test/fixtures/handlers/journal.mjs. */
export type Poison = 'throw' | 'exit' | 'kill' | 'late' | 'block' | 'hang'

export type Scenario = {
  readonly name: string
  /** At least; times `MILLRACE_TEST_RUNS`. */
  readonly kills: number
  readonly records: number
  readonly keys: number
  readonly shards?: number
  readonly factor?: number
  readonly batchSize: number
  readonly retries: number
  readonly bisect?: boolean
  readonly partial?: boolean
  /** One record in so many is poison, of one of these kinds. */
  readonly poison?: { readonly every: number; readonly kinds: readonly Poison[] }
  readonly delayMs?: number
  readonly concurrency?: number
  /** Discarded batches go to a file. */
  readonly destination?: boolean
  /** Records are put while the engine runs, not before. */
  readonly putWhileRunning?: boolean
  /** Shards split and close while records are put. Takes `putWhileRunning`, and more than one shard. */
  readonly splitting?: boolean
  /** The mapping is the program's own, and its settings change all the time. */
  readonly changing?: boolean
}

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
  readonly #journal = join(this.#directory, 'journal.ndjson')
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
    const configuration = this.#configuration()
    writeFileSync(this.#config, JSON.stringify(configuration))
    writeFileSync(this.#journal, '')
    const lines = this.#makeRecords()
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
    const file = join(this.#directory, 'failed.ndjson')
    const text = existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : ''
    const lines = text === '' ? [] : text.split('\n')
    const sent = new Set(
      lines.map((line) => String(numbersOf((JSON.parse(line) as { payload: string }).payload))),
    )
    return failed
      .filter(({ records }) => !sent.has(String(records)))
      .map(({ records }) => `D16: the batch ${records} is not in the file`)
  }

  #makeRecords(): object[] {
    const { records, keys, poison } = this.#scenario
    return Array.from({ length: records }, (_, n) => {
      const key = `key-${Math.floor(this.#random() * keys)}`
      this.#keys.push(key)
      const kind =
        poison && this.#random() < 1 / poison.every
          ? poison.kinds[Math.floor(this.#random() * poison.kinds.length)]
          : undefined
      const image = {
        id: { S: key },
        n: { N: String(n) },
        text: { S: 'x'.repeat(Math.floor(this.#random() * 300)) },
        ...(kind ? { poison: { S: kind } } : {}),
      }
      return { eventName: 'INSERT', dynamodb: { Keys: { id: { S: key } }, NewImage: image } }
    })
  }

  #configuration() {
    const { scenario } = { scenario: this.#scenario }
    const { factor = 10, shards = 1, batchSize, retries, bisect, partial, concurrency } = scenario
    return {
      Streams: {
        [STREAM]: {
          ShardCount: shards,
          StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
        },
      },
      Functions: {
        journal: {
          Runtime: 'nodejs20.x',
          CodeUri: HANDLERS,
          Handler: 'journal.handler',
          Timeout: 1,
          Environment: {
            Variables: {
              JOURNAL: this.#journal,
              DELAY_MS: String(scenario.delayMs ?? 5),
              PARTIAL: partial ? 'yes' : 'no',
            },
          },
          ...(concurrency ? { PerExecutionEnvironmentMaxConcurrency: concurrency } : {}),
        },
      },
      Mappings: [
        {
          Stream: STREAM,
          FunctionName: 'journal',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: batchSize,
          ParallelizationFactor: factor,
          MaximumRetryAttempts: retries,
          BisectBatchOnFunctionError: bisect ?? false,
          ...(partial ? { FunctionResponseTypes: ['ReportBatchItemFailures'] } : {}),
          ...(scenario.destination
            ? {
                DestinationConfig: {
                  OnFailure: { Destination: `file:${join(this.#directory, 'failed.ndjson')}` },
                },
              }
            : {}),
        },
      ],
      Engine: { MaximumThreads: 3, RetryBackoff: { Base: '10ms', Maximum: '100ms' } },
    }
  }
}

function numbersOf(payload: string): readonly number[] {
  const { Records } = JSON.parse(payload) as {
    Records: readonly { dynamodb: { NewImage: { n: { N: string } } } }[]
  }
  return Records.map(({ dynamodb }) => Number(dynamodb.NewImage.n.N))
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
