/**
 * An engine with lanes that cannot go on: puts records while it runs, waits until all others have passed, opens the
 * gates, and waits for the rest. Prints what it saw as one line of JSON.
 *
 *     stuck-driver.js PLAN
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Engine } from '../../lib/engine/engine.ts'
import { loadConfiguration } from '../../lib/settings/load-configuration.ts'
import { recordOf, type StuckPlan, type StuckReport } from './stuck-plan.ts'

const RECORDS_PER_PUT = 500
const PUTS_AT_ONCE = 4
const LOOK_MS = 25

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Memory of this process that no file stands behind: the mapped stream is not ours to count (reliability §3). */
function anonymousBytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

async function put(engine: Engine, plan: StuckPlan): Promise<void> {
  const running = new Set<Promise<unknown>>()
  for (let n = 0; n < plan.records; n += RECORDS_PER_PUT) {
    const count = Math.min(RECORDS_PER_PUT, plan.records - n)
    const batch = Array.from({ length: count }, (_, i) => recordOf(plan, n + i))
    const stored = engine.stream('orders').put(batch)
    running.add(stored)
    void stored.finally(() => running.delete(stored))
    if (running.size >= PUTS_AT_ONCE) await Promise.race(running)
  }
  await Promise.all(running)
}

/** Opens and shuts gates at random, while records pass. */
function shuffleGates(plan: StuckPlan, random: () => number): () => void {
  const timer = setInterval(() => {
    const gate = Math.floor(random() * plan.gates)
    writeFileSync(join(plan.gateDirectory, `${gate}`), '')
  }, plan.gateMs)
  return () => clearInterval(timer)
}

async function run(planFile: string): Promise<StuckReport> {
  const plan = JSON.parse(readFileSync(planFile, 'utf8')) as StuckPlan
  const { configuration } = await loadConfiguration({
    workingDirectory: process.cwd(),
    environment: {},
    flags: { config: plan.configuration },
    whenMissing: 'refuse',
  })
  await using engine = await Engine.open(configuration)
  await engine.start()
  // A run that stands still says where.
  process.once('SIGTERM', () => {
    process.stderr.write(`${JSON.stringify([engine.ledger(), engine.explain()])}\n`)
    process.exit(1)
  })
  const anonymous: number[] = []
  const sampler = setInterval(() => anonymous.push(anonymousBytes()), LOOK_MS)
  const stopShuffling = plan.gateMs > 0 ? shuffleGates(plan, Math.random) : () => {}
  await put(engine, plan)
  // It rejects where a mapping can go on no more.
  const caughtUp = engine.caughtUp()
  while (engine.ledger().delivered < plan.passing) {
    await Promise.race([caughtUp.then(() => pause(LOOK_MS)), pause(LOOK_MS)])
  }
  clearInterval(sampler)
  const stuck = engine.ledger()
  stopShuffling()
  for (let gate = 0; gate < plan.gates; gate++)
    writeFileSync(join(plan.gateDirectory, `${gate}`), '')
  await caughtUp
  return { stuck, end: engine.ledger(), anonymous }
}

process.stdout.write(`${JSON.stringify(await run(process.argv[2]!))}\n`)
