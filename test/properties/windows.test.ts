import fc from 'fast-check'
import t from 'tap'
import { EngineRig, type RigCall } from '../support/engine-rig.ts'
import { naiveWindows, type WindowRules } from '../support/naive-windows.ts'
import { holds } from '../support/property.ts'
import {
  arbitraryChances,
  arbitrarySteps,
  arbitraryWindowRules,
  type Chances,
  endingOf,
} from '../support/window-cases.ts'
import { eventOf } from '../support/window-rig.ts'

const SHARDS = 20
/** Cases of one run: the shards of one mapping, each with records of its own. */
const shardsOf = fc.array(arbitrarySteps, { minLength: SHARDS, maxLength: SHARDS })

/** An engine whose function does what `endingOf` says, and gathers the numbers of records. */
class WindowRun {
  readonly traces = new Map<string, string[]>()
  readonly rig: EngineRig
  readonly #rules: WindowRules
  readonly #chances: Chances
  readonly #attempts = new Map<string, number>()

  constructor(rules: WindowRules, chances: Chances) {
    this.#rules = rules
    this.#chances = chances
    const shards = Array.from({ length: SHARDS }, (_, i) => `shard-${i}`)
    for (const shard of shards) this.traces.set(shard, [])
    this.rig = new EngineRig({
      shards,
      settings: {
        tumblingWindowInSeconds: rules.lengthSeconds,
        batchSize: rules.batchSize,
        maximumRetryAttempts: rules.retriesMax,
        bisectBatchOnFunctionError: rules.bisect,
        functionResponseTypes: rules.partial ? ['ReportBatchItemFailures'] : [],
      },
      handler: (call) => this.#answer(call),
    })
  }

  #answer(call: RigCall): unknown {
    const event = eventOf(call)
    const { shardId: shard, isWindowTerminatedEarly: early, isFinalInvokeForWindow: final } = event
    const { numbers = [] } = event.state
    const kind = early ? ' early' : final ? ' final' : ''
    const start = Date.parse(event.window.start) / 1000
    this.traces.get(shard)!.push(`${start} ${call.numbers.join('.')} {${numbers.join('.')}}${kind}`)
    const text = final ? `${kind}${numbers.join('.')}` : call.numbers.join('.')
    const attempt = (this.#attempts.get(`${shard} ${text}`) ?? 0) + 1
    this.#attempts.set(`${shard} ${text}`, attempt)
    const ending = endingOf(shard, this.#rules, this.#chances)(text, attempt)
    if (ending === 'fails') throw new Error('by chance')
    if (ending === 'succeeds') return this.#answerWith([...numbers, ...call.numbers])
    const done = call.numbers.filter((number) => number < ending.from)
    const batchItemFailures = [{ itemIdentifier: this.rig.sequenceNumberOf(ending.from) }]
    return { ...this.#answerWith([...numbers, ...done]), batchItemFailures }
  }

  /** A state that counts as too large is filled up to be that. */
  #answerWith(numbers: readonly number[]): object {
    const isLarge = numbers.length >= this.#rules.stateMax
    return { state: { numbers, ...(isLarge ? { filling: 'x'.repeat(1_048_576) } : {}) } }
  }
}

t.test('§5, D9, D10, D28: windows of a whole engine do what the naive loop does', async (t) => {
  const property = fc.asyncProperty(
    shardsOf,
    arbitraryWindowRules,
    arbitraryChances,
    async (shards, rules, chances) => {
      const run = new WindowRun(rules, chances)
      const { rig } = run
      // In the past: a window whose time is over is closed when the shard has no more.
      const begin = Math.floor(rig.clock.now() / 1000) - 1000
      const puts = shards.map((steps, i) => {
        let stamp = begin
        const stamps = steps.map((step) => {
          stamp += step
          return stamp
        })
        const numbers = rig.putStamped(stamps, `shard-${i}`)
        return numbers.map((number, k) => ({ number, stamp: stamps[k]! }))
      })
      await rig.start()
      await rig.drain()
      for (const [i, records] of puts.entries()) {
        const shard = `shard-${i}`
        const naive = naiveWindows(records, rules, endingOf(shard, rules, chances))
        const found = run.traces.get(shard)!
        if (found.join('\n') !== naive.trace.join('\n'))
          throw new Error(`${shard}:\n${found.join('\n')}\nnaive:\n${naive.trace.join('\n')}`)
        const late = rig.windowsOf(shard)?.lateRecords ?? 0
        if (late !== naive.late)
          throw new Error(`${shard}: ${late} late records, not ${naive.late}`)
      }
      const broken = rig.violations()
      if (broken.length > 0) throw new Error(broken.join('\n'))
      await rig.stop()
    },
  )
  await holds(t, property, { runs: 12, perFile: 2 })
})
