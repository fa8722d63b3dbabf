import type { EpochMs } from '../../lib/core/ids.ts'
import { stepLane } from '../../lib/core/lane/lane.ts'
import type { LaneRules } from '../../lib/core/lane/lane-rules.ts'
import type { LaneEffect, LaneMessage, LaneState, Work } from '../../lib/core/lane/lane-state.ts'
import type { Verdict } from '../../lib/core/lane/verdict.ts'
import { type LaneWindows, NO_WINDOWS, withRecords } from '../../lib/core/window/tumbling-window.ts'
import { WindowBorder } from '../../lib/core/window/window-border.ts'
import type { EndingOf, Stamped, WindowRules } from './naive-windows.ts'

const NOW = { now: 0 as EpochMs, freshId: 'fresh', cautious: false }
/** Fills a state that counts as too large. */
const FILLING = 'x'.repeat(1_048_576)

/** The decisions of lib/core for one lane with windows, with nothing around them: every save succeeds at once. */
export class WindowLane {
  readonly trace: string[] = []
  windows: LaneWindows = NO_WINDOWS
  readonly #rules: WindowRules
  readonly #laneRules: LaneRules
  readonly #endingOf: EndingOf
  readonly #attempts = new Map<string, number>()
  #state: LaneState = { state: 'idle' }
  #records: readonly Stamped[] = []
  #inbox: LaneMessage[] = []

  constructor(rules: WindowRules, endingOf: EndingOf) {
    this.#rules = rules
    this.#endingOf = endingOf
    const { batchSize, retriesMax, bisect, partial: partialResponses, lengthSeconds } = rules
    this.#laneRules = {
      batchSize,
      batchingWindowMs: 0,
      retriesMax,
      recordAgeMsMax: Number.POSITIVE_INFINITY,
      bisect,
      partialResponses,
      filterPatterns: [],
      backoff: { baseMs: 1, maximumMs: 1 },
      tumblingWindowMs: lengthSeconds * 1000,
      tumblingGraceMs: 0,
      functionArn: 'arn:function',
      executedVersion: '$LATEST',
    }
  }

  run(records: readonly Stamped[]): this {
    this.#records = records
    while (this.#records.length > 0) this.#cut()
    this.#close()
    return this
  }

  #cut(): void {
    const { batchSize, lengthSeconds } = this.#rules
    const border = new WindowBorder(this.windows, lengthSeconds * 1000)
    let count = 0
    for (const { stamp } of this.#records.slice(0, batchSize)) {
      if (!border.admits((stamp * 1000) as EpochMs)) break
      count++
    }
    if (count === 0) return this.#close()
    const { interval, lateCount } = border
    const windows = withRecords(this.windows, { interval: interval!, lateCount, lastArrivedAt: 0 })
    const batch = { arrivals: Array<number>(count).fill(0) }
    this.#send({ type: 'batch-cut', batch, windows, ...NOW })
  }

  #close(): void {
    if (this.windows.open) this.#send({ type: 'window-ended', windows: this.windows, ...NOW })
  }

  #send(first: LaneMessage): void {
    this.#inbox.push(first)
    for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
      const [state, effects] = stepLane(this.#state, message, this.#laneRules)
      this.#state = state
      for (const effect of effects) this.#perform(effect)
    }
  }

  #perform(effect: LaneEffect): void {
    switch (effect.type) {
      case 'invoke': {
        const verdict = this.#invoke(effect.work, effect.windows!)
        this.#inbox.push({ type: 'invocation-ended', verdict, fraction: 0, ...NOW })
        return
      }
      case 'settle':
        this.#records = this.#records.slice(effect.count)
        return
      case 'discard':
        this.#records = this.#records.slice(effect.discard.work.batch.arrivals.length)
        return
      case 'save':
        this.windows = effect.windows!
        this.#inbox.push({ type: 'saved', ...NOW })
        return
      case 'arm-retry':
        this.#inbox.push({ type: 'retry-due', ...NOW })
        return
      default:
    }
  }

  #invoke({ batch, final }: Work, { open }: LaneWindows): Verdict {
    const { numbers = [] } = JSON.parse(open!.state) as { numbers?: readonly number[] }
    const given = this.#records.slice(0, batch.arrivals.length).map(({ number }) => number)
    const kind = final === undefined ? '' : final === 'early' ? ' early' : ' final'
    const state = numbers.join('.')
    this.trace.push(`${open!.start / 1000} ${given.join('.')} {${state}}${kind}`)
    const text = final ? `${kind}${state}` : given.join('.')
    const attempt = (this.#attempts.get(text) ?? 0) + 1
    this.#attempts.set(text, attempt)
    const ending = this.#endingOf(text, attempt)
    if (ending === 'fails') return { type: 'failed', functionError: 'Unhandled' }
    if (ending === 'succeeds')
      return { type: 'succeeded', state: this.#stateOf([...numbers, ...given]) }
    const index = given.indexOf(ending.from)
    const after = this.#stateOf([...numbers, ...given.slice(0, index)])
    return { type: 'failed-from', index, state: after }
  }

  #stateOf(numbers: readonly number[]): string {
    const isLarge = numbers.length >= this.#rules.stateMax
    return JSON.stringify({ numbers, ...(isLarge ? { filling: FILLING } : {}) })
  }
}
