/**
 * A program that puts records while it runs, to be killed: the rest is what `millrace run` does.
 *
 *     putting-driver.js CONFIG STREAM RECORDS [SEED]
 *
 * With a SEED shards split and close beside the puts, as chance made from it has it.
 *
 * RECORDS is NDJSON of templates. Every put gets numbers of its own, and is written down in `RECORDS.puts` before it is
 * made and after it is stored: `{"n":40,"from":0,"count":40}`, `{"stored":40}`. What was not stored for certain is put
 * again, under new numbers.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { Engine } from '../../lib/engine/engine.ts'
import type { StreamHandle } from '../../lib/engine/stream-handle.ts'
import { loadConfiguration } from '../../lib/settings/load-configuration.ts'
import { seededFraction } from '../support/seeded-random.ts'
import { type PutLine, readPuts } from './puts.ts'

const RECORDS_PER_PUT = 40
/** Where so many shards are open, one child takes over, and none is split. */
const OPEN_SHARDS_MAX = 16
/** How often a shard closes beside a put. */
const CLOSINGS_PER_PUT = 0.3

type Chance = () => number

async function run(
  config: string,
  stream: string,
  records: string,
  chance: Chance | undefined,
): Promise<void> {
  const { configuration } = await loadConfiguration({
    workingDirectory: process.cwd(),
    environment: {},
    flags: { config },
    whenMissing: 'refuse',
  })
  await using engine = await Engine.open(configuration)
  await engine.start()
  process.once('SIGTERM', () => {
    process.stderr.write(`stalled: ${JSON.stringify([engine.ledger(), engine.status()])}\n`)
    process.exit(1)
  })
  await put(engine.stream(stream), records, chance)
  await engine.caughtUp()
  process.stdout.write(`${JSON.stringify(engine.ledger())}\n`)
}

async function put(stream: StreamHandle, file: string, chance: Chance | undefined): Promise<void> {
  const templates = readFileSync(file, 'utf8').trimEnd().split('\n')
  const note = (line: PutLine) => appendFileSync(`${file}.puts`, `${JSON.stringify(line)}\n`)
  let { from, n } = nextPut(readPuts(`${file}.puts`))
  while (from < templates.length) {
    const records = templates.slice(from, from + RECORDS_PER_PUT).map((template, i) => {
      const record = JSON.parse(template) as { dynamodb: { NewImage: { n: { N: string } } } }
      record.dynamodb.NewImage.n.N = String(n + i)
      return record
    })
    note({ n, from, count: records.length })
    const isClosing = chance !== undefined && chance() < CLOSINGS_PER_PUT
    await Promise.all([stream.put(records), ...(isClosing ? [closeOne(stream, chance)] : [])])
    note({ stored: n })
    from += records.length
    n += records.length
    // Other work of the event loop has its turn between two puts, as in a program that gets its records from outside.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Splits or closes one of the open shards. */
async function closeOne(stream: StreamHandle, chance: Chance): Promise<void> {
  const open = stream.shards().filter(({ status }) => status === 'OPEN')
  const { shardId } = open[Math.floor(chance() * open.length)]!
  if (open.length < OPEN_SHARDS_MAX && chance() < 0.7) await stream.split(shardId)
  else await stream.close(shardId)
}

/** Behind the last put that was stored for certain; numbers are never given twice. */
function nextPut(lines: readonly PutLine[]): { from: number; n: number } {
  const next = { from: 0, n: 0 }
  for (const line of lines) {
    if (!('count' in line)) continue
    next.n = line.n + line.count
    if (lines.some((other) => 'stored' in other && other.stored === line.n))
      next.from = line.from + line.count
  }
  return next
}

const [config, stream, records, seed] = process.argv.slice(2)
await run(config!, stream!, records!, seed ? seededFraction(Number(seed)) : undefined)
