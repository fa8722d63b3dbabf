import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { laneOf, orderHash } from '../../lib/core/lane/lane-hash.ts'
import { evenRanges } from '../../lib/sources/embedded/embedded-shard.ts'
import { checkStory, readJournal } from './journal.ts'
import { keyOf, type StuckPlan, type StuckReport } from './stuck-plan.ts'

const DRIVER = fileURLToPath(new URL('./stuck-driver.js', import.meta.url))
const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
/** The whole number of the issue takes minutes: `MILLRACE_STUCK_RECORDS=1000000`. */
const RECORDS = Number(process.env['MILLRACE_STUCK_RECORDS'] ?? 200_000)
const ANONYMOUS_BYTES_MAX = 400 * 1024 * 1024
/**
 * What memory may grow by. While the read-ahead fills, which takes the whole of a short run, that is its 64 MB a shard
 * (D6) and the compiler's own; over a million records it is noise.
 */
const GROWTH_BYTES_MAX = (RECORDS < 1_000_000 ? 128 : 60) * 1024 * 1024
const FACTOR = 10

type Setting = Omit<StuckPlan, 'configuration' | 'gateDirectory' | 'passing'> & {
  readonly shards: number
  readonly batchSize: number
  readonly readAhead?: object
}

/** The lane of a key among all lanes of all shards. */
function laneOfKey(key: string, shards: number): string {
  const hash = orderHash(`S:${key}`)
  const shard = evenRanges(shards).findIndex(({ from, to }) => hash >= from && hash < to)
  return `${shard}/${laneOf(hash, FACTOR)}`
}

async function play(t: Test, setting: Setting): Promise<StuckReport> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-stuck-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const { shards, batchSize, readAhead, ...rest } = setting
  const path = (name: string) => join(directory, name)
  const plan = { ...rest, configuration: path('millrace.json'), gateDirectory: path('gates') }
  mkdirSync(plan.gateDirectory)
  writeFileSync(path('journal'), '')
  writeFileSync(plan.configuration, JSON.stringify(configurationOf(setting, path)))
  const keys = Array.from({ length: setting.records }, (_, n) => keyOf({ ...plan, passing: 0 }, n))
  const lanes = new Map([...new Set(keys)].map((key) => [key, laneOfKey(key, shards)]))
  const stuck = new Set([...lanes].filter(([key]) => /^stuck/.test(key)).map(([, lane]) => lane))
  const passing = keys.filter((key) => !stuck.has(lanes.get(key)!)).length
  t.comment(`${stuck.size} stuck lanes; ${passing} of ${setting.records} records pass`)
  writeFileSync(path('plan.json'), JSON.stringify({ ...plan, passing }))
  const report = await drive(path('plan.json'))
  const { violations } = checkStory({
    keys,
    journal: readJournal(path('journal')),
    failed: [],
    ledger: report.end,
    retriesMax: Number.POSITIVE_INFINITY,
    threadsDie: false,
    threadsAreShared: false,
  })
  t.same(violations, [])
  t.ok(report.stuck.delivered >= passing)
  return report
}

function configurationOf(setting: Setting, path: (name: string) => string) {
  const { shards, batchSize, readAhead } = setting
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]
  const Variables = { JOURNAL: path('journal'), GATES: path('gates') }
  const code = { Runtime: 'nodejs20.x', CodeUri: HANDLERS, Handler: 'journal.handler' }
  return {
    Streams: { orders: { ShardCount: shards, StreamViewType: 'NEW_AND_OLD_IMAGES', KeySchema } },
    Functions: { journal: { ...code, Timeout: 900, Environment: { Variables } } },
    Mappings: [
      {
        Stream: 'orders',
        FunctionName: 'journal',
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: batchSize,
        ParallelizationFactor: FACTOR,
      },
    ],
    Engine: {
      RetryBackoff: { Base: '20ms', Maximum: '500ms' },
      ...(readAhead ? { ReadAheadBytes: readAhead } : {}),
    },
  }
}

async function drive(plan: string): Promise<StuckReport> {
  const child = spawn(process.execPath, [DRIVER, plan], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the driver ended with ${code}`)
  return JSON.parse(output) as StuckReport
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** The second quarter of the time, when everything is warm, against the last one. */
function growthBytes(anonymous: readonly number[]): number {
  const quarter = Math.floor(anonymous.length / 4)
  return median(anonymous.slice(-quarter)) - median(anonymous.slice(quarter, 2 * quarter))
}

const ONE_SHARD = { shards: 1, batchSize: 100, keys: 2000, gates: 1, every: 20, textBytes: 150 }

for (const how of ['fail', 'wait'] as const) {
  const words = how === 'fail' ? 'fails for ever' : 'never answers'
  t.test(`one key ${words}: the other nine lanes pass, memory stays flat`, async (t) => {
    t.setTimeout(RECORDS)
    const { anonymous, stuck } = await play(t, { ...ONE_SHARD, how, records: RECORDS, gateMs: 0 })
    const most = Math.max(...anonymous)
    const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`
    t.comment(`${megabytes(most)} at most, growth ${megabytes(growthBytes(anonymous))}`)
    t.comment(JSON.stringify(stuck))
    t.ok(most < ANONYMOUS_BYTES_MAX, 'memory is bounded')
    t.ok(growthBytes(anonymous) < GROWTH_BYTES_MAX, 'memory is flat')
  })
}

t.test('many stuck lanes on four shards with little memory, opened at random', async (t) => {
  t.setTimeout(120_000)
  await play(t, {
    shards: 4,
    batchSize: 20,
    keys: 1000,
    gates: 12,
    every: 10,
    textBytes: 700,
    how: 'fail',
    records: 60_000,
    gateMs: 150,
    readAhead: { Lane: '1MB', Shard: '2MB', Process: '4MB' },
  })
})

t.test('large records in little memory', async (t) => {
  t.setTimeout(120_000)
  await play(t, {
    shards: 2,
    batchSize: 10,
    keys: 100,
    gates: 3,
    every: 10,
    textBytes: 30_000,
    how: 'fail',
    records: 4000,
    gateMs: 0,
    readAhead: { Lane: '1MB', Shard: '2MB', Process: '4MB' },
  })
})
