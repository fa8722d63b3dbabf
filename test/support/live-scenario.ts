import fc from 'fast-check'
import { ApiError } from '../../lib/core/mapping/api-error.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import { EngineRig, type RigCall } from './engine-rig.ts'
import { seededFraction } from './seeded-random.ts'

/** What an update of a running mapping may change. */
type Change = Partial<
  Pick<
    MappingSettings,
    | 'enabled'
    | 'batchSize'
    | 'maximumBatchingWindowInSeconds'
    | 'parallelizationFactor'
    | 'maximumRetryAttempts'
    | 'bisectBatchOnFunctionError'
    | 'functionResponseTypes'
    | 'onFailureDestination'
  >
>

/** One thing that happens to the mapping; the next one comes when nothing more happens by itself, or `ms` later. */
export type LiveStep =
  | { readonly do: 'put'; readonly count: number }
  | { readonly do: 'change'; readonly change: Change }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'restart' | 'crash' | 'split' }

/** A random history of one mapping under live changes; plain data, so that a counterexample can be read. */
export type LiveScenario = {
  readonly seed: number
  readonly steps: readonly LiveStep[]
  readonly keys: number
  readonly pageRecords: number
  readonly remote: boolean
  /** Records whose number is a multiple of this fail always; 0 = none. */
  readonly poisonEvery: number
  /** Chance that an invocation fails for no reason of its records. */
  readonly failing: number
  /** Longest time of an invocation. @unit ms */
  readonly slowMs: number
  /** Chance that a save, or a read, fails. */
  readonly faulty: number
}

const factor = fc.constantFrom(1, 3, 10)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ parallelizationFactor: factor }) },
  { weight: 2, arbitrary: fc.record({ enabled: fc.boolean() }) },
  fc.record({ batchSize: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ maximumRetryAttempts: fc.constantFrom(-1, 0, 1, 3) }),
  fc.record({ bisectBatchOnFunctionError: fc.boolean() }),
  fc.record({ maximumBatchingWindowInSeconds: fc.constantFrom(0, 1) }),
  fc.record({
    functionResponseTypes: fc.constantFrom<readonly 'ReportBatchItemFailures'[]>(
      [],
      ['ReportBatchItemFailures'],
    ),
  }),
  fc.record({ onFailureDestination: fc.constantFrom('file:/a', 'file:/b') }),
  fc.record({ parallelizationFactor: factor, batchSize: fc.integer({ min: 1, max: 8 }) }),
)

const step: fc.Arbitrary<LiveStep> = fc.oneof(
  { weight: 5, arbitrary: change.map((change): LiveStep => ({ do: 'change', change })) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 1, max: 25 }).map((count): LiveStep => ({ do: 'put', count })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(1, 30, 200, 1000).map((ms): LiveStep => ({ do: 'wait', ms })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<LiveStep>({ do: 'restart' }, { do: 'crash' }, { do: 'split' }),
  },
)

export const arbitraryLiveScenario: fc.Arbitrary<LiveScenario> = fc.record({
  seed: fc.nat(),
  steps: fc.array(step, { minLength: 3, maxLength: 20 }),
  keys: fc.integer({ min: 1, max: 12 }),
  pageRecords: fc.constantFrom(1, 7, 1000),
  remote: fc.boolean(),
  poisonEvery: fc.constantFrom(0, 2, 7),
  failing: fc.constantFrom(0, 0.2, 0.5),
  slowMs: fc.constantFrom(0, 20, 500),
  faulty: fc.constantFrom(0, 0, 0.1),
})

/** Plays a scenario on a rig. */
export class LiveRun {
  readonly rig: EngineRig
  readonly #scenario: LiveScenario
  readonly #chance: () => number
  #open: readonly string[] = ['shard-1']
  #isLast = false

  constructor(scenario: LiveScenario) {
    this.#scenario = scenario
    this.#chance = seededFraction(scenario.seed)
    this.rig = new EngineRig({
      seed: scenario.seed,
      settings: { batchSize: 4, maximumRetryAttempts: 1, parallelizationFactor: 1 },
      pageRecordsMax: scenario.pageRecords,
      pace: scenario.remote ? 'remote' : 'notified',
      handler: (call) => this.#handle(call),
      beforeCall: (port) => this.#fault(port),
    })
  }

  /** @returns what broke an invariant. @throws Error when it does not come to its end. */
  async play(): Promise<readonly string[]> {
    const { rig } = this
    await rig.start()
    for (const step of this.#scenario.steps) await this.#take(step)
    this.#isLast = true
    await this.#standStill()
    rig.change({ enabled: true, maximumRetryAttempts: 1 })
    await this.#standStill()
    await rig.drain()
    const violations = rig.violations()
    await rig.stop()
    return violations
  }

  async #take(step: LiveStep): Promise<void> {
    const { rig } = this
    switch (step.do) {
      case 'put':
        this.#put(step.count)
        return rig.clock.settle()
      case 'change':
        return this.#change(step.change)
      case 'wait':
        return rig.clock.advance(step.ms)
      case 'restart':
        await rig.stop()
        return rig.start()
      case 'crash':
        rig.crash()
        return rig.start()
      case 'split':
        if (this.#open.length > 1) return
        this.#open = ['shard-2', 'shard-3']
        rig.split('shard-1', this.#open)
        return
      default:
        throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`)
    }
  }

  /** One that comes too early is refused (D38), and asked for again at once when it may be. */
  async #change(change: Change): Promise<void> {
    try {
      this.rig.change(change)
    } catch (error) {
      if (!(error instanceof ApiError) || error.exception !== 'ResourceInUseException') throw error
      await this.#standStill()
      this.rig.change(change)
    }
  }

  /** Time passes only as far as running invocations need it. */
  async #standStill(): Promise<void> {
    await this.rig.clock.until(() => !this.rig.isChanging, 60_000)
  }

  #put(count: number): void {
    for (const [i, shard] of this.#open.entries()) {
      const some = Array.from({ length: count }, () =>
        Math.floor(this.#chance() * this.#scenario.keys),
      )
      // A key has one open shard, as in a stream.
      const ours = some.filter((key) => key % this.#open.length === i).map((key) => `key-${key}`)
      if (ours.length > 0) this.rig.put(ours, shard)
    }
  }

  #fault(port: string): 'fail' | undefined {
    const isFaulty = !this.#isLast && (port === 'save' || port === 'read')
    return isFaulty && this.#chance() < this.#scenario.faulty ? 'fail' : undefined
  }

  #handle({ numbers, records }: RigCall): unknown {
    const { failing, slowMs, poisonEvery } = this.#scenario
    const bad = numbers.findIndex((number) => poisonEvery > 0 && number % poisonEvery === 0)
    const fails = bad >= 0 || (!this.#isLast && this.#chance() < failing)
    const at = bad >= 0 ? bad : Math.floor(this.#chance() * numbers.length)
    const isPartial = this.#chance() < 0.5
    const answer = () => {
      if (!fails) return { batchItemFailures: [] }
      if (!isPartial) throw new Error(`record ${numbers[at]}`)
      return { batchItemFailures: [{ itemIdentifier: records[at]!.dynamodb.SequenceNumber }] }
    }
    if (slowMs === 0) return answer()
    return this.rig.clock.after(Math.floor(this.#chance() * slowMs)).then(answer)
  }
}
