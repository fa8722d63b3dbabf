/**
 * A program that changes its mapping again and again while records flow, to be killed.
 *
 *     changing-driver.js CONFIG STREAM RECORDS SEED
 *
 * The mapping is the configuration's, made by the program under one UUID in all its lives. It changes until all RECORDS
 * are settled, or {@link CHANGES_MAX} changes were made; then it is drained, enabled.
 */
import { readFileSync } from 'node:fs'
import { Engine } from '../../lib/engine/engine.ts'
import { SYSTEM_RANDOM } from '../../lib/engine/system-random.ts'
import { loadConfiguration } from '../../lib/settings/load-configuration.ts'
import { seededFraction } from '../support/seeded-random.ts'

const MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa'
/** Changes of one life. */
const CHANGES_MAX = 30
/** Longest time between a change that is done and the next one. @unit ms */
const PAUSE_MS_MAX = 80

type Chance = () => number
const one = <Value>(chance: Chance, values: readonly Value[]): Value =>
  values[Math.floor(chance() * values.length)]!

const CHANGES: readonly ((chance: Chance) => object)[] = [
  (chance) => ({ ParallelizationFactor: one(chance, [1, 3, 10]) }),
  (chance) => ({ BatchSize: one(chance, [1, 5, 20]) }),
  (chance) => ({ BisectBatchOnFunctionError: chance() < 0.5 }),
  (chance) => ({ MaximumBatchingWindowInSeconds: 0, BatchSize: one(chance, [7, 40]) }),
  () => ({ Enabled: false }),
]

async function run(config: string, stream: string, total: number, chance: Chance): Promise<void> {
  const { configuration } = await loadConfiguration({
    workingDirectory: process.cwd(),
    environment: {},
    flags: { config },
    whenMissing: 'refuse',
  })
  const random = { ...SYSTEM_RANDOM, uuid: () => MAPPING }
  await using engine = await Engine.open({ ...configuration, mappings: [] }, { random })
  await engine.start()
  process.once('SIGTERM', () => {
    const { mappings } = engine
    process.stderr.write(`stalled: ${JSON.stringify([engine.ledger(), mappings.list()])}\n`)
    process.exit(1)
  })
  const { Mappings } = JSON.parse(readFileSync(config, 'utf8')) as { Mappings: object[] }
  const { Stream: _name, ...input } = Mappings[0] as { Stream: string }
  const EventSourceArn = engine.stream(stream).streamArn
  await engine.mappings.create({ ...input, EventSourceArn })
  await change(engine, total, chance)
  await engine.mappings.update(MAPPING, { Enabled: true })
  await engine.caughtUp()
  process.stdout.write(`${JSON.stringify(engine.ledger())}\n`)
}

async function change(engine: Engine, total: number, chance: Chance): Promise<void> {
  const { mappings } = engine
  for (let changes = 0; changes < CHANGES_MAX; changes++) {
    const { delivered, dropped, sent } = engine.ledger()
    if (delivered + dropped + sent === total) break
    await mappings.update(MAPPING, one(chance, CHANGES)(chance))
    // Enabled again while it is still Disabling, one time in two.
    if (chance() < 0.5) await mappings.waitUntilUpdated(MAPPING)
    if (mappings.get(MAPPING).State.startsWith('Disabl'))
      await mappings.update(MAPPING, { Enabled: true })
    await mappings.waitUntilUpdated(MAPPING)
    await new Promise((resolve) => setTimeout(resolve, chance() * PAUSE_MS_MAX))
  }
  await mappings.waitUntilUpdated(MAPPING)
}

const [config, stream, records, seed] = process.argv.slice(2)
const total = readFileSync(records!, 'utf8').trimEnd().split('\n').length
await run(config!, stream!, total, seededFraction(Number(seed)))
