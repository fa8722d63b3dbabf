import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { seededFraction, testRuns, testSeed } from '../support/seeded-random.ts'

const MILLRACE = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))
const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const WINDOW_SECONDS = 10
const WINDOWS = 12
const RECORDS = 3000
const KILLS = 2
const RUNS_MAX = 200
/** A run that is let end and does not has stalled. @unit ms */
const RUN_MS_MAX = 60_000

type Line = {
  readonly shardId: string
  readonly start: string
  readonly final: boolean
  readonly numbers: readonly number[]
}

type Chances = { readonly FAILING: string; readonly EXITING: string }

t.setTimeout(600_000)

/** Runs `millrace run` until it ends by itself; kills it after a random time as often as is asked for. */
async function runKilled(config: string, kills: number, random: () => number): Promise<object> {
  for (let run = 0; run < RUNS_MAX; run++) {
    const args = [MILLRACE, 'run', '--config', config, '--json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const output: string[] = []
    const errors: string[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
    const isKilled = run < kills
    const afterMs = isKilled ? 100 + random() * 900 : RUN_MS_MAX
    const timer = setTimeout(() => child.kill(isKilled ? 'SIGKILL' : 'SIGTERM'), afterMs)
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    clearTimeout(timer)
    if (code === 0) return JSON.parse(output.join('')) as object
    if (signal !== 'SIGKILL') throw new Error(`it ended with ${code ?? signal}: ${errors.join('')}`)
  }
  throw new Error(`no end after ${RUNS_MAX} runs`)
}

/** What is wrong with what the handler wrote down, in words. */
function violationsOf(journal: readonly Line[], windowOf: readonly number[]): readonly string[] {
  const broken: string[] = []
  const finals = new Map<string, string>()
  for (const { shardId, start, final, numbers } of journal) {
    const second = Date.parse(start) / 1000
    const foreign = numbers.filter((number) => windowOf[number] !== second)
    if (foreign.length > 0) broken.push(`${start} holds ${foreign} of other windows`)
    if (numbers.some((number, i) => i > 0 && number <= numbers[i - 1]!))
      broken.push(`${start} of ${shardId} holds a record twice or out of order: ${numbers}`)
    if (!final) continue
    const before = finals.get(`${start} ${shardId}`)
    if (before !== undefined && before !== numbers.join())
      broken.push(`${start} of ${shardId} was closed with ${before}, and then with ${numbers}`)
    finals.set(`${start} ${shardId}`, numbers.join())
  }
  const counted = [...finals.values()].flatMap((numbers) => numbers.split(',').map(Number))
  counted.sort((a, b) => a - b)
  if (counted.join() !== windowOf.map((_, number) => number).join())
    broken.push(`${counted.length} records were aggregated, not each of ${windowOf.length} once`)
  return broken
}

async function play(chances: Chances, kills: number, seed: number) {
  const random = seededFraction(seed)
  const directory = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  const journal = join(directory, 'journal.ndjson')
  const config = join(directory, 'millrace.json')
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }]
  const streams = { orders: { ShardCount: 3, KeySchema } }
  const variables = { JOURNAL: journal, ...chances }
  const settings = {
    Streams: streams,
    Functions: {
      gather: {
        Runtime: 'nodejs20.x',
        CodeUri: HANDLERS,
        Handler: 'windows.handler',
        Environment: { Variables: variables },
      },
    },
    Mappings: [
      {
        Stream: 'orders',
        FunctionName: 'gather',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 20,
        TumblingWindowInSeconds: WINDOW_SECONDS,
      },
    ],
    Engine: { RetryBackoff: { Base: '5ms', Maximum: '20ms' } },
  }
  try {
    writeFileSync(config, JSON.stringify(settings))
    writeFileSync(journal, '')
    const begin = Math.floor(Date.now() / 1000 / WINDOW_SECONDS) * WINDOW_SECONDS - 3600
    const windowOf = Array.from(
      { length: RECORDS },
      (_, n) => begin + Math.floor((n * WINDOWS) / RECORDS) * WINDOW_SECONDS,
    )
    const records = windowOf.map((second, n) => ({
      dynamodb: {
        ApproximateCreationDateTime: second + (n % WINDOW_SECONDS),
        Keys: { id: { S: `k${n % 40}` } },
        NewImage: { id: { S: `k${n % 40}` }, n: { N: String(n) } },
      },
    }))
    await using engine = await createEngine({ data: join(directory, '.millrace'), streams })
    await engine.stream('orders').put(records)
    await engine.stop()
    const ledger = await runKilled(config, kills, random)
    const text = readFileSync(journal, 'utf8')
    const lines = text.split('\n').filter((line) => line.endsWith('}'))
    const seen = lines.map((line) => JSON.parse(line) as Line)
    return { ledger, violations: violationsOf(seen, windowOf) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const CHANCES: readonly (readonly [string, Chances])[] = [
  ['nothing fails', { FAILING: '0', EXITING: '0' }],
  ['a tenth of all calls fails', { FAILING: '0.1', EXITING: '0' }],
  ['a tenth of all calls fails or ends its thread', { FAILING: '0.1', EXITING: '0.03' }],
]

for (const [index, [name, chances]] of CHANCES.entries()) {
  const seed = testSeed() + index
  t.test(`I9: windows under kill -9: ${name}`, async (t) => {
    const { ledger, violations } = await play(chances, KILLS * testRuns(1), seed)
    t.comment(`seed ${seed}`)
    t.same(violations, [])
    t.match(ledger, { polled: RECORDS, delivered: RECORDS, dropped: 0, inFlight: 0 })
  })
}
