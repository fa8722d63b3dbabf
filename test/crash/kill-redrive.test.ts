import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openStateView } from '../../lib/engine/state-view.ts'
import { createEngine, type Engine } from '../../lib/index.ts'
import { MAIN } from '../support/millrace-process.ts'
import { seededFraction, testRuns, testSeed } from '../support/seeded-random.ts'
import { type JournalLine, readJournal } from './journal.ts'
import { checkRedrives } from './redrive-story.ts'

t.setTimeout(900_000)

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const RECORDS = 600
const KEYS = 60
const STREAMS = {
  orders: { ShardCount: 2, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }] },
}
/** More than kills can use up. */
const RETRIES_THEN = 1000
/** A run that dies again and again gets nowhere. */
const RUNS_MAX = 300

/** One record in six fails until the gate is open; the second half is put when the redrives begin. */
class Play {
  readonly directory = mkdtempSync(join(tmpdir(), 'millrace-redrive-'))
  readonly keys: string[] = []
  readonly #random: () => number
  readonly #journal = join(this.directory, 'journal.ndjson')
  readonly #gates = join(this.directory, 'gates')

  constructor(seed: number) {
    this.#random = seededFraction(seed)
    mkdirSync(this.#gates)
    writeFileSync(this.#journal, '')
    this.#configure(0)
  }

  get journal(): readonly JournalLine[] {
    return readJournal(this.#journal)
  }

  /**
   * From now on nothing fails by itself, and nothing is given up: an attempt that a kill left in doubt counts as failed
   * (D15), and what is given up for that comes out of order.
   */
  openGate(): void {
    writeFileSync(join(this.#gates, '1'), '')
    this.#configure(RETRIES_THEN)
  }

  async put(count: number): Promise<void> {
    const lines = Array.from({ length: count }, () => this.#record())
    await using engine = await this.engine()
    for (let at = 0; at < count; at += 500)
      await engine.stream('orders').put(lines.slice(at, at + 500))
  }

  /** An engine that does not run: it looks at what is there. */
  engine(): Promise<Engine> {
    return createEngine({ data: join(this.directory, '.millrace'), streams: STREAMS })
  }

  /** @param killMs After its first invocation; none = it comes to its end. @returns whether it did. */
  async run(words: readonly string[], killMs?: number): Promise<boolean> {
    const config = join(this.directory, 'millrace.json')
    const command = [MAIN, ...words, '--config', config, '--json']
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text
    })
    child.stdout.resume()
    const before = statSync(this.#journal).size
    let later: NodeJS.Timeout | undefined
    const watch = setInterval(() => {
      if (killMs === undefined || later || statSync(this.#journal).size === before) return
      later = setTimeout(() => child.kill('SIGKILL'), killMs)
    }, 5)
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    clearInterval(watch)
    clearTimeout(later)
    if (signal === 'SIGKILL') return false
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code ?? signal}: ${errors}`)
    return true
  }

  #record(): object {
    const n = this.keys.length
    const key = `key-${Math.floor(this.#random() * KEYS)}`
    this.keys.push(key)
    const poison = n < RECORDS / 2 && this.#random() < 1 / 6 ? { poison: { S: 'fail-1' } } : {}
    const image = { id: { S: key }, n: { N: String(n) }, ...poison }
    return { eventName: 'INSERT', dynamodb: { Keys: { id: { S: key } }, NewImage: image } }
  }

  #configure(MaximumRetryAttempts: number): void {
    const configuration = {
      Streams: STREAMS,
      Functions: {
        journal: {
          Runtime: 'nodejs20.x',
          CodeUri: HANDLERS,
          Handler: 'journal.handler',
          Environment: {
            Variables: { JOURNAL: this.#journal, GATES: this.#gates, DELAY_MS: '5' },
          },
        },
      },
      Mappings: [
        {
          Stream: 'orders',
          FunctionName: 'journal',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 4,
          ParallelizationFactor: 5,
          MaximumRetryAttempts,
        },
      ],
      Engine: { MaximumThreads: 2, RetryBackoff: { Base: '10ms', Maximum: '50ms' } },
    }
    writeFileSync(join(this.directory, 'millrace.json'), JSON.stringify(configuration))
  }
}

const REDRIVE = ['failed', 'redrive', '--all', '--include-stale']
const RESUME = ['failed', 'redrive', '--resume']

/** What there is to do: begin a redrive, go on with one, by itself or beside the mapping, or nothing. */
async function nextCommand(play: Play, round: number): Promise<readonly string[] | undefined> {
  await using engine = await play.engine()
  const isOpen = engine.failed.redrives().some(({ state }) => state === 'running')
  if (isOpen) return round % 2 === 0 ? RESUME : ['run']
  return engine.failed.list().length > 0 ? REDRIVE : undefined
}

const seed = testSeed()
t.comment(`replay: npm test -- dist/test/crash/kill-redrive.test.js --seed ${seed}`)

t.test('redrives are killed, by themselves and beside their mapping', async (t) => {
  const play = new Play(seed)
  t.teardown(() => rmSync(play.directory, { recursive: true, force: true }))
  const random = seededFraction(seed + 1)
  await play.put(RECORDS / 2)
  await play.run(['run'])
  const failed = new Set<number>()
  await using before = await play.engine()
  for (const { failed: batch } of before.failedBatches()) {
    const { Records } = JSON.parse(batch.payload) as {
      Records: { dynamodb: { NewImage: { n: { N: string } } } }[]
    }
    for (const { dynamodb } of Records) failed.add(Number(dynamodb.NewImage.n.N))
  }
  await before.stop()
  t.ok(failed.size > 50)
  await play.put(RECORDS / 2)
  play.openGate()
  const began = play.journal.length

  const killsWanted = testRuns(2)
  let kills = 0
  for (let round = 0; ; round++) {
    if (round > RUNS_MAX) throw new Error(`no end after ${RUNS_MAX} runs`)
    const command = await nextCommand(play, round)
    if (!command) break
    const killMs = kills < killsWanted ? random() * 150 : undefined
    if (!(await play.run(command, killMs))) kills++
  }
  await play.run(['run'])
  t.comment(`${kills} kills, ${failed.size} records redriven`)
  const view = await openStateView(join(play.directory, '.millrace'))
  const shards = view.positions().mappings.flatMap((mapping) => mapping.shards)
  const sum = (member: 'delivered' | 'dropped') =>
    shards.reduce((total, { state }) => total + state.counts[member], 0)
  const [delivered, dropped] = [sum('delivered'), sum('dropped')]
  const violations = checkRedrives({
    keys: play.keys,
    failed,
    journal: play.journal.slice(began),
    left: view.failed({}).length,
    redrives: view.redrives(),
    ledger: { polled: delivered + dropped, delivered, dropped },
  })
  await view.close()
  t.same(violations, [])
})
