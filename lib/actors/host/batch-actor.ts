import type { StackEntry } from '../../core/checkpoint/shard-state.ts'
import {
  compareSequenceNumbers,
  type EpochMs,
  maybeSequenceNumber,
  type SequenceNumber,
} from '../../core/ids.ts'
import { invariant, unreachable } from '../../core/invariant.ts'
import {
  type Discard,
  type LaneEffect,
  type LaneMessage,
  type LaneState,
  stepLane,
  type Work,
} from '../../core/lane/lane.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import { judgePartialResponse, type Verdict } from '../../core/lane/verdict.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Answer, FunctionError, FunctionRuntime } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import {
  FLIGHT_BACKING_OFF,
  FLIGHT_ENDED,
  FLIGHT_NONE,
  FLIGHT_RUNNING,
  FlightDouble,
  type LaneProgress,
  LaneWord,
  newProgress,
} from '../lane-memory/lane-block.ts'
import type { DiscardedBatch, ResumedWork, Resumption } from '../protocol.ts'
import type { Cut, HostLane, LanePlace } from './host-lane.ts'

/** What a batch actor needs of the host it lives in. */
export interface BatchActorHost {
  readonly clock: Clock
  readonly random: Random
  readonly runtime: FunctionRuntime
  readonly timeoutMs: number
  /** The actor's progress is to be made durable; `saved()` follows. */
  save(actor: BatchActor, saved: LaneSave): void
  /** The lane's progress was published. */
  settled(actor: BatchActor): void
  /** The lane holds nothing: it may go to another host. */
  released(actor: BatchActor): void
  /** Runs `invocation` when the environment has room for it. {@link invocationEnded} follows it. */
  whenRoom(actor: BatchActor, invocation: () => void): void
  invocationEnded(actor: BatchActor): void
  /** Answers do not count any more: the thread is about to be ended (D27). */
  readonly isPoisoned: boolean
  /** Enters from outside: what `work` throws is a bug of ours and is reported as such. */
  enter(work: () => void): void
  attemptFailed(actor: BatchActor, error: FunctionError): void
}

/** What is made durable of a lane, beside its progress. */
export type LaneSave = {
  readonly stack: readonly StackEntry[]
  readonly discards: readonly DiscardedBatch[]
  /** The lane backs off until then; 0 = it does not. @unit epoch ms */
  readonly resumeAt: number
}

const SUCCEEDED: Verdict = { type: 'succeeded' }

/** Runs the batches of one lane while a host owns it: a shell round `stepLane`. */
export class BatchActor {
  readonly lane: HostLane
  readonly laneId: number
  readonly rules: LaneRules
  progress: LaneProgress = newProgress()
  readonly #host: BatchActorHost
  readonly #cautiousUntil: number
  /** D15: each attempt is written ahead. */
  #cautious: boolean
  #state: LaneState = { state: 'idle' }
  /** The batch in hand, from the settled position on, until something of it settled. */
  #cut: Cut | undefined
  /** A handler has had the records of the cut. */
  #isHandedOut = false
  #takeBackTimer: (() => void) | undefined
  #discards: DiscardedBatch[] = []
  #unpublished = false

  constructor(
    laneId: number,
    lane: HostLane,
    rules: LaneRules,
    options: { host: BatchActorHost; cautiousUntil: number },
  ) {
    this.laneId = laneId
    this.lane = lane
    this.rules = rules
    this.#host = options.host
    this.#cautiousUntil = options.cautiousUntil
    this.#cautious = options.cautiousUntil > 0
  }

  get isIdle(): boolean {
    return this.#state.state === 'idle'
  }

  /** Takes the lane over from whoever had it. */
  adopt(): void {
    this.lane.block.progress(this.lane.lane, this.progress)
  }

  /** Cuts the next batch and begins its first attempt. @returns false when nothing waits that is delivered. */
  cutNext(): boolean {
    const cut = this.lane.cut(this.progress, this.rules.batchSize)
    if (!cut) return false
    if (cut.count === 0) {
      this.#passTo({ units: cut.endUnits, ordinal: cut.lastOrdinal, entries: cut.entries }, 0)
      this.#publish()
      return false
    }
    this.#cut = cut
    this.#isHandedOut = false
    this.#receive({ type: 'batch-cut', batch: { arrivals: cut.arrivals }, ...this.#now() })
    return true
  }

  /** Goes past records that are filtered out, up to the first one that is not. */
  passFiltered(): void {
    const place = this.lane.placeOfFirstPassing(this.progress)
    if (!place) return
    this.#passTo(place, 0)
    this.#publish()
  }

  /** Takes up batches of the store, or of a thread that died. */
  resume(resumed: readonly ResumedWork[], how: Pick<Resumption, 'verdict' | 'resumeAt'>): void {
    // Whatever was cut before lies elsewhere by now.
    this.#cut = undefined
    const works = this.lane.undisturbed(() => this.#worksOf(resumed))
    // Member by member: the caller may hand over its whole message, whose type is another.
    // A batch that is gone from the source (D20) takes its verdict along.
    const verdict = works[0]?.requestId === resumed[0]?.requestId ? how.verdict : undefined
    this.#receive({
      type: 'restored',
      works,
      ...(verdict ? { verdict } : {}),
      resumeAt: how.resumeAt as EpochMs,
      fraction: this.#host.random.fraction(),
      ...this.#now(),
    })
  }

  /** Finds the records of batches, and takes them in hand. */
  #worksOf(resumed: readonly ResumedWork[]): Work[] {
    const works: Work[] = []
    let skip = 0
    for (const { from, until, attempt, requestId } of resumed) {
      let first: SequenceNumber | undefined
      const arrivals = this.lane.arrivalsWhile(this.progress, skip, (ordinal, sequenceNumber) => {
        if ('ordinal' in until) return ordinal <= until.ordinal
        const plainNumber = plain(sequenceNumber())
        first ??= plainNumber
        return compareSequenceNumbers(plainNumber, until.sequenceNumber) <= 0
      })
      const isWhole = from === undefined || from === first
      const begun = isWhole ? { attempt, requestId } : { attempt: 0, requestId: '' }
      // Entries that settled before the crash are gone from the lane.
      if (arrivals.length > 0) works.push({ batch: { arrivals }, ...begun, waits: 0 })
      skip += arrivals.length
    }
    const after = this.lane.positionAfter(this.progress, skip)
    this.lane.take(this.progress.settledCount + after.entries, after.units, after.ordinal)
    return works
  }

  saved(): void {
    this.#publish()
    this.#receive({ type: 'saved', ...this.#now() })
  }

  /** Starts nothing new: the shard is being let go. */
  leave(): void {
    this.#receive({ type: 'leave' })
  }

  #now() {
    const { clock, random } = this.#host
    return { now: clock.now(), freshId: random.uuid(), cautious: this.#cautious }
  }

  #receive(message: LaneMessage): void {
    const [state, effects] = stepLane(this.#state, message, this.rules)
    this.#state = state
    const saves = effects.some((effect) => effect.type === 'save')
    for (const effect of effects) {
      // What settled is published before anything that follows from it; with a save, when that has ended.
      if (this.#unpublished && !saves && effect.type !== 'settle') this.#publish()
      this.#perform(effect)
    }
  }

  #perform(effect: LaneEffect): void {
    switch (effect.type) {
      case 'invoke':
        return this.#host.whenRoom(this, () => this.#invoke(effect.work))
      case 'settle':
        return this.#settle(effect.count)
      case 'discard':
        return this.#discard(effect.discard)
      case 'count-retry':
        this.progress.retries++
        return
      case 'count-split':
        this.progress.splits++
        return
      case 'save':
        return this.#save(effect.stack, effect.inDoubt)
      case 'arm-retry':
        this.#backOff(effect.at)
        this.#takeBackTimer = this.#host.clock.at(effect.at, () =>
          this.#host.enter(() => this.#receive({ type: 'retry-due', ...this.#now() })),
        )
        return
      case 'release':
        this.#takeBackTimer?.()
        this.#takeBackTimer = undefined
        this.#landed()
        return this.#host.released(this)
      default:
        return unreachable(effect)
    }
  }

  #invoke(work: Work): void {
    const { clock, runtime, timeoutMs } = this.#host
    const count = work.batch.arrivals.length
    const isFresh = this.#cut?.count === count && !this.#isHandedOut
    const cut = isFresh ? this.#cut! : this.lane.cutAgain(this.progress, count)
    this.#cut = cut
    this.#isHandedOut = true
    const now = clock.now()
    const deadline = (now + timeoutMs) as EpochMs
    this.#markFlight(work, deadline, cut.lastOrdinal)
    this.progress.invocations++
    this.progress.iteratorAgeMs = now - work.batch.arrivals[count - 1]!
    if (cut.tooLarge) return this.#ended(work, TOO_LARGE)
    const invocation = { requestId: work.requestId, event: { Records: cut.records }, deadline }
    runtime.invoke(invocation, (answer) =>
      this.#host.enter(() => this.#ended(work, this.#judge(work, answer))),
    )
  }

  #markFlight(work: Work, deadline: EpochMs, lastOrdinal: number): void {
    const { block, lane } = this.lane
    block.setFlight(lane, FlightDouble.firstOrdinal, this.progress.settledOrdinal + 1)
    block.setFlight(lane, FlightDouble.lastOrdinal, lastOrdinal)
    block.setFlight(lane, FlightDouble.deadline, deadline)
    block.store(lane, LaneWord.attempt, work.attempt)
    block.setRequestId(lane, work.requestId)
    block.store(lane, LaneWord.inFlight, FLIGHT_RUNNING)
  }

  #judge(work: Work, answer: Answer): Verdict {
    switch (answer.type) {
      case 'returned': {
        if (!this.rules.partialResponses) return SUCCEEDED
        let identifiers: readonly string[] | undefined
        return judgePartialResponse(answer.value, (identifier) => {
          identifiers ??= this.lane.sequenceNumbers(this.progress, work.batch.arrivals.length)
          return identifiers.indexOf(identifier)
        })
      }
      case 'function-error': {
        const { errorType, errorMessage } = answer.error
        return { type: 'failed', functionError: 'Unhandled', error: { errorType, errorMessage } }
      }
      case 'not-run':
        return { type: 'not-run', reason: answer.reason }
      default:
        return unreachable(answer)
    }
  }

  #ended(work: Work, verdict: Verdict): void {
    if (this.#host.isPoisoned) return
    this.lane.block.store(this.lane.lane, LaneWord.inFlight, FLIGHT_ENDED)
    const { batchingWindowMs } = this.rules
    if (batchingWindowMs > 0) {
      const end = this.#host.clock.now() + batchingWindowMs
      this.lane.block.setFlight(this.lane.lane, FlightDouble.windowEnd, end)
    }
    if (verdict.type === 'failed') {
      this.progress.failed += work.batch.arrivals.length
      if (verdict.error) this.#host.attemptFailed(this, verdict.error)
    }
    const fraction = verdict.type === 'succeeded' ? 0 : this.#host.random.fraction()
    this.#receive({ type: 'invocation-ended', verdict, fraction, ...this.#now() })
    this.#host.invocationEnded(this)
  }

  #settle(count: number): void {
    this.#pass(count)
    this.progress.delivered += count
    this.#unpublished = true
  }

  #pass(count: number): void {
    if (this.#cautious && this.#host.clock.now() >= this.#cautiousUntil) this.#cautious = false
    const cut = this.#cut
    const place =
      cut?.count === count
        ? { units: cut.endUnits, ordinal: cut.lastOrdinal, entries: cut.entries }
        : this.lane.positionAfter(this.progress, count)
    this.#cut = undefined
    this.#passTo(place, count)
  }

  /** @param count how many of the records up to there were not filtered out. */
  #passTo({ units, ordinal, entries }: LanePlace, count: number): void {
    this.progress.settledUnits = units
    this.progress.settledOrdinal = ordinal
    this.progress.settledCount = (this.progress.settledCount + entries) >>> 0
    this.progress.filtered += entries - count
  }

  #discard({ work, condition, response }: Discard): void {
    const count = work.batch.arrivals.length
    this.#cut = undefined
    const { records, tooLarge } = this.lane.cutAgain(this.progress, count)
    const sequence = this.lane.sequenceNumbers(this.progress, count)
    this.#discards.push({
      condition,
      requestId: work.requestId === '' ? this.#host.random.uuid() : work.requestId,
      // A record that was never sent counts one (aws-semantics §4.5).
      attempts: Math.max(1, work.attempt),
      ...(response && !tooLarge ? { response } : {}),
      ...(work.lastFailure?.error ? { lastError: work.lastFailure.error } : {}),
      recordCount: count,
      firstSequenceNumber: sequence[0]!,
      lastSequenceNumber: sequence[count - 1]!,
      firstArrivedAt: work.batch.arrivals[0]!,
      lastArrivedAt: work.batch.arrivals[count - 1]!,
      payload: JSON.stringify({ Records: records }),
    })
    this.#pass(count)
  }

  #save(stack: readonly Work[], inDoubt: boolean): void {
    const total = stack.reduce((sum, work) => sum + work.batch.arrivals.length, 0)
    const sequence = total > 0 ? this.lane.sequenceNumbers(this.progress, total).map(plain) : []
    let at = 0
    const entries = stack.map((work, index): StackEntry => {
      const first = sequence[at]!
      at += work.batch.arrivals.length
      const { attempt, requestId } = work
      const entry = { first, last: sequence[at - 1]!, attempt, requestId }
      return index === 0 && inDoubt ? { ...entry, inDoubt } : entry
    })
    const discards = this.#discards
    this.#discards = []
    this.#host.save(this, { stack: entries, discards, resumeAt: this.#resumeAt() })
  }

  /** Until when the lane will back off when it is saved; 0 = it goes on at once. */
  #resumeAt(): number {
    const state = this.#state
    return state.state === 'saving' && typeof state.after === 'object'
      ? state.after.backOffUntil
      : 0
  }

  /** Nothing runs any more whose end is not known. */
  #landed(): void {
    this.lane.block.store(this.lane.lane, LaneWord.inFlight, FLIGHT_NONE)
  }

  #backOff(until: EpochMs): void {
    const { block, lane } = this.lane
    block.setFlight(lane, FlightDouble.retryAt, until)
    block.store(lane, LaneWord.inFlight, FLIGHT_BACKING_OFF)
  }

  #publish(): void {
    this.lane.block.publish(this.lane.lane, this.progress)
    this.#landed()
    this.#unpublished = false
    this.#host.settled(this)
  }
}

const TOO_LARGE: Verdict = {
  type: 'failed',
  functionError: null,
  error: {
    errorType: 'RecordTooLarge',
    errorMessage: 'the record alone is larger than an event may be (6 MB)',
  },
}

/** As positions are compared: some servers write leading zeros, and a handler must see them. */
function plain(sequenceNumber: string): SequenceNumber {
  const checked = maybeSequenceNumber(sequenceNumber)
  invariant(checked !== undefined, `${sequenceNumber} is a sequence number`)
  return checked
}
