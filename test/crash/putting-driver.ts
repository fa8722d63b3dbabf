/**
 * A program that puts records while it runs, to be killed: the rest is what `millrace run` does.
 *
 *     putting-driver.js CONFIG STREAM RECORDS
 *
 * RECORDS is NDJSON of templates. Every put gets numbers of its own, and is written down in `RECORDS.puts` before it is
 * made and after it is stored: `{"n":40,"from":0,"count":40}`, `{"stored":40}`. What was not stored for certain is put
 * again, under new numbers.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { Engine } from '../../lib/engine/engine.ts'
import { loadConfiguration } from '../../lib/settings/load-configuration.ts'
import { type PutLine, readPuts } from './puts.ts'

const RECORDS_PER_PUT = 40

async function run(config: string, stream: string, records: string): Promise<void> {
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
  await put(engine, stream, records)
  await engine.caughtUp()
  process.stdout.write(`${JSON.stringify(engine.ledger())}\n`)
}

async function put(engine: Engine, stream: string, file: string): Promise<void> {
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
    await engine.stream(stream).put(records)
    note({ stored: n })
    from += records.length
    n += records.length
    // Other work of the event loop has its turn between two puts, as in a program that gets its records from outside.
    await new Promise((resolve) => setImmediate(resolve))
  }
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

const [config, stream, records] = process.argv.slice(2)
await run(config!, stream!, records!)
