/**
 * The program that the crash tests kill: what `millrace run` does, and with two more words, also puts records while it
 * runs.
 *
 *     driver.js CONFIG [STREAM RECORDS]
 *
 * RECORDS is NDJSON. A line `n` in `RECORDS.stored` says that the first n lines are stored for certain, so a restart
 * goes on behind them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { Engine } from '../../lib/engine/engine.ts'
import { loadConfiguration } from '../../lib/settings/load-configuration.ts'

const RECORDS_PER_PUT = 40

async function run([config, stream, records]: readonly string[]): Promise<void> {
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
  if (stream !== undefined && records !== undefined) await put(engine, stream, records)
  await engine.caughtUp()
  process.stdout.write(`${JSON.stringify(engine.ledger())}\n`)
}

async function put(engine: Engine, stream: string, file: string): Promise<void> {
  const ledger = `${file}.stored`
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const stored = existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n') : []
  for (let at = Number(stored.at(-1) ?? 0); at < lines.length; at += RECORDS_PER_PUT) {
    const batch = lines.slice(at, at + RECORDS_PER_PUT).map((line) => JSON.parse(line) as unknown)
    await engine.stream(stream).put(batch)
    appendFileSync(ledger, `${at + batch.length}\n`)
    // Other work of the event loop has its turn between two puts, as in a program that gets its records from outside.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

await run(process.argv.slice(2))
