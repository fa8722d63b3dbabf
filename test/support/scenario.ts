import fc from 'fast-check'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import { EngineRig, type RigCall } from './engine-rig.ts'
import type { PortName } from './rig-ports.ts'
import { seededFraction } from './seeded-random.ts'

/** What a random run of the engine is made of; plain data, so that a counterexample can be read. */
export type Scenario = {
  readonly seed: number
  readonly factors: readonly number[]
  readonly batchSize: number
  readonly windowSeconds: number
  readonly retries: number
  readonly bisect: boolean
  readonly partial: boolean
  readonly remote: boolean
  readonly pageRecords: number
  readonly keys: number
  /** Records of each put. */
  readonly puts: readonly number[]
  /** Chance that an invocation fails for no reason of its records. */
  readonly failing: number
  /** Every record whose number is a multiple of this fails always; 0 = none. */
  readonly poisonEvery: number
  /** Longest time of an invocation. @unit ms */
  readonly slowMs: number
  /** Chance that a save, or a read, fails. */
  readonly faulty: number
  /** A little read-ahead for records of this size: lanes fall behind and are read again (D6); 0 = enough of it. */
  readonly largeBytes: number
  /** The shard is split after this many puts. */
  readonly splitAfter: number
  /** Chance that the function cannot be run. */
  readonly throttling: number
  /** Ends of the process: how, and before which of the calls of which port, counted from the start before. */
  readonly ends: readonly { readonly how: End; readonly call: number }[]
}

type End = 'stop' | `crash at ${PortName}` | 'crash after save'

const ends: fc.Arbitrary<End> = fc.constantFrom(
  'stop',
  'crash at save',
  'crash after save',
  'crash at function',
  'crash at read',
)

export const arbitraryScenario: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(),
  factors: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 4 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
  windowSeconds: fc.constantFrom(0, 0, 1),
  retries: fc.constantFrom(-1, 0, 1, 2),
  bisect: fc.boolean(),
  partial: fc.boolean(),
  remote: fc.boolean(),
  pageRecords: fc.constantFrom(1, 3, 7, 1000),
  keys: fc.integer({ min: 1, max: 12 }),
  puts: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 5 }),
  failing: fc.constantFrom(0, 0.1, 0.5),
  poisonEvery: fc.constantFrom(0, 2, 7),
  slowMs: fc.constantFrom(0, 20, 500),
  faulty: fc.constantFrom(0, 0, 0.05, 0.2),
  largeBytes: fc.constantFrom(0, 0, 2000, 9000, 40_000),
  splitAfter: fc.integer({ min: 0, max: 5 }),
  throttling: fc.constantFrom(0, 0, 0.3),
  ends: fc.array(fc.record({ how: ends, call: fc.integer({ min: 1, max: 30 }) }), { maxLength: 5 }),
})

/** Sixteen chunks of 16 KB for the process, two for a lane. */
const LITTLE = { lane: 1 << 15, shard: 1 << 17, process: 1 << 18 }

/** A rig that plays a scenario; {@link play} runs it. */
export class ScenarioRun {
  readonly rig: EngineRig
  readonly #scenario: Scenario
  readonly #chance: () => number
  #call = 0
  #puts = 0
  /** Faults are over (I10). */
  #isLast = false
  #open = ['shard-1']
  #end: Scenario['ends'][number] | undefined

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#chance = seededFraction(scenario.seed)
    this.rig = new EngineRig({
      seed: scenario.seed,
      settings: settingsOf(scenario),
      pageRecordsMax: scenario.pageRecords,
      pace: scenario.remote ? 'remote' : 'notified',
      backoff: { baseMs: 100, maximumMs: 1000 },
      ...(scenario.largeBytes > 0 ? { readAhead: LITTLE } : {}),
      throttle: () => (this.#chance() < scenario.throttling ? 'throttled' : undefined),
      handler: (call) => this.#handle(call),
      beforeCall: (port) => this.#beforeCall(port),
    })
  }

  /** From the first start to the last drain. @throws Error when it does not come to its end. */
  async play(): Promise<readonly string[]> {
    const { puts, ends, factors } = this.#scenario
    const { rig } = this
    const waiting = [...puts]
    for (let life = 0; life <= ends.length; life++) {
      this.#end = ends[life]
      this.#call = 0
      await rig.start({ parallelizationFactor: factors[life % factors.length]! })
      await this.#putSome(waiting)
      if (!rig.isRunning) continue
      if (this.#end === undefined) break
      // Also before anything that was just done is known everywhere.
      await rig.clock.advance(this.#end.call % 3 === 0 ? 0 : this.#end.call * 20)
      if (!rig.isRunning) continue
      if (this.#end.how === 'stop') await rig.stop()
      else rig.crash()
    }
    this.#end = undefined
    if (!rig.isRunning) await rig.start()
    for (const count of waiting) this.#put(count)
    await rig.clock.advance(2000)
    this.#isLast = true
    await rig.drain(600_000)
    const violations = rig.violations()
    await rig.stop()
    return violations
  }

  async #putSome(waiting: number[]): Promise<void> {
    const count = waiting.shift()
    if (count === undefined) return
    this.#put(count)
    await this.rig.clock.settle()
  }

  #put(count: number): void {
    const { keys, splitAfter, largeBytes } = this.#scenario
    if (splitAfter > 0 && this.#puts++ === splitAfter) {
      this.#open = ['shard-2', 'shard-3']
      this.rig.split('shard-1', this.#open)
    }
    // A key has one open shard, as in a stream.
    for (const [i, shard] of this.#open.entries()) {
      const some = Array.from({ length: count }, () => Math.floor(this.#chance() * keys))
      const ours = some.filter((key) => key % this.#open.length === i).map((key) => `key-${key}`)
      const bytes = Math.floor(this.#chance() * largeBytes)
      if (ours.length > 0) this.rig.put(ours, shard, bytes)
    }
  }

  #beforeCall(port: PortName): 'fail' | 'crash' | 'crash-after' | undefined {
    const isFaulty = !this.#isLast && (port === 'save' || port === 'read')
    const faulty = isFaulty ? this.#scenario.faulty : 0
    if (this.#chance() < faulty) return 'fail'
    const end = this.#end
    if (!end || end.how === 'stop') return undefined
    const after = end.how === 'crash after save'
    if (port !== (after ? 'save' : end.how.slice('crash at '.length))) return undefined
    if (++this.#call !== end.call) return undefined
    return after ? 'crash-after' : 'crash'
  }

  #handle({ numbers, records }: RigCall): unknown {
    const { failing, slowMs } = this.#scenario
    const bad = numbers.findIndex((number) => this.#isPoison(number))
    const fails = bad >= 0 || this.#chance() < failing
    const at = bad >= 0 ? bad : Math.floor(this.#chance() * numbers.length)
    const answer = () => {
      if (!fails) return { batchItemFailures: [] }
      if (!this.#scenario.partial || this.#chance() < 0.2) throw new Error(`record ${numbers[at]}`)
      return { batchItemFailures: [{ itemIdentifier: records[at]!.dynamodb.SequenceNumber }] }
    }
    if (slowMs === 0) return answer()
    return this.rig.clock.after(Math.floor(this.#chance() * slowMs)).then(answer)
  }

  #isPoison(number: number): boolean {
    const { poisonEvery, retries } = this.#scenario
    // Poison without end blocks its lane for ever, as on AWS: such runs have no end to wait for.
    return poisonEvery > 0 && retries >= 0 && number % poisonEvery === 0
  }
}

function settingsOf(scenario: Scenario): Partial<MappingSettings> {
  return {
    batchSize: scenario.batchSize,
    parallelizationFactor: scenario.factors[0]!,
    maximumBatchingWindowInSeconds: scenario.windowSeconds,
    maximumRetryAttempts: scenario.retries,
    bisectBatchOnFunctionError: scenario.bisect,
    functionResponseTypes: scenario.partial ? ['ReportBatchItemFailures'] : [],
  }
}
