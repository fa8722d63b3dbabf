import type { ShardWindows } from '../../core/checkpoint/shard-state.ts'
import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { stepLane } from '../../core/lane/lane.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import type { LaneEffect, LaneMessage, LaneState, Work } from '../../core/lane/lane-state.ts'
import { judgePartialResponse, type Verdict } from '../../core/lane/verdict.ts'
import type { LaneWindows } from '../../core/window/tumbling-window.ts'
import { judgeWindowResponse } from '../../core/window/window-verdict.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Answer, FunctionError, FunctionRuntime } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import { type LaneProgress, newProgress } from '../lane-memory/lane-block.ts'
import type { DiscardedBatch, ResumedWork, Resumption } from '../protocol.ts'
import { findWorks } from './found-works.ts'
import type { Cut, HostLane, LanePlace } from './host-lane.ts'
import type { HostWindows } from './host-windows.ts'
import { LaneFlight } from './lane-flight.ts'
import { discardedBatch, type LaneSave, storedStack, storedWindows } from './lane-saving.ts'

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

const SUCCEEDED: Verdict = { type: 'succeeded' }

export type BatchActorParts = {
  readonly laneId: number
  readonly lane: HostLane
  readonly rules: LaneRules
  readonly host: BatchActorHost
  /** D15: each attempt is written ahead until a batch settles at or after this time; 0 = never. @unit epoch ms */
  readonly cautiousUntil: number
  /** Of a lane that has tumbling windows, or still has to close one. */
  readonly windows: HostWindows | undefined
}

/** Runs the batches of one lane while a host owns it: a shell round `stepLane`. */
export class BatchActor {
  readonly lane: HostLane
  readonly laneId: number
  readonly rules: LaneRules
  readonly windows: HostWindows | undefined
  readonly flight: LaneFlight
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
  /** What is being saved of the windows. */
  #windowsToPublish: ShardWindows | undefined
  /** A batch waits behind the final call that runs. */
  #cutsAfterFinal = false

  constructor({ laneId, lane, rules, host, cautiousUntil, windows }: BatchActorParts) {
    this.laneId = laneId
    this.lane = lane
    this.rules = rules
    this.windows = windows
    this.flight = new LaneFlight(lane.block, lane.lane)
    this.#host = host
    this.#cautiousUntil = cautiousUntil
    this.#cautious = cautiousUntil > 0
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
    if (this.windows?.isOutdated) return this.closeWindow()
    const event = this.windows?.isOn ? this.windows.nextEvent() : undefined
    const cut = this.lane.cut(this.progress, this.rules.batchSize, event)
    if (!cut) {
      // What waits lies behind the end of the open window.
      const closes = event !== undefined && this.lane.waiting(this.progress) > 0
      this.#cutsAfterFinal = closes
      return closes && this.closeWindow()
    }
    if (cut.count === 0) {
      this.#passTo({ units: cut.endUnits, ordinal: cut.lastOrdinal, entries: cut.entries }, 0)
      this.#publish()
      return false
    }
    this.#cut = cut
    this.#isHandedOut = false
    const windows = event ? { windows: this.windows!.withBatch(cut, event) } : {}
    const { arrivals } = cut
    this.#receive({ type: 'batch-cut', batch: { arrivals }, ...windows, ...this.#now() })
    return true
  }

  /** Begins the final call of the open window. @returns false when there is none. */
  closeWindow(): boolean {
    const windows = this.windows?.saved
    if (!windows?.open) return false
    this.#receive({ type: 'window-ended', windows, ...this.#now() })
    return true
  }

  /** Enough waits for a batch, or nothing more comes that would belong to it. */
  hasFullBatch(): boolean {
    const event = this.windows?.isOn ? this.windows.nextEvent() : undefined
    return this.lane.hasFullBatch(this.progress, this.rules, event)
  }

  /** Until when the next batch may be gathered, where its tumbling window says so (D28). @unit epoch ms */
  gatherUntil(): number {
    const stamp = this.windows?.isOn ? this.lane.firstStamp(this.progress) : undefined
    return stamp === undefined ? Number.POSITIVE_INFINITY : this.windows!.gatherUntil(stamp)
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
    const works = this.lane.undisturbed(() => findWorks(this.lane, this.progress, resumed))
    const windows = this.windows?.withResumed(works, this.lane.firstStamp(this.progress))
    // Member by member: the caller may hand over its whole message, whose type is another.
    // A batch that is gone from the source (D20) takes its verdict along.
    const verdict = works[0]?.requestId === resumed[0]?.requestId ? how.verdict : undefined
    this.#receive({
      type: 'restored',
      works,
      ...(windows ? { windows } : {}),
      ...(verdict ? { verdict } : {}),
      resumeAt: how.resumeAt as EpochMs,
      fraction: this.#host.random.fraction(),
      ...this.#now(),
    })
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
        return this.#host.whenRoom(this, () => this.#invoke(effect.work, effect.windows))
      case 'settle':
        return this.#settle(effect.count)
      case 'discard':
        return this.#discard(effect)
      case 'count-retry':
        this.progress.retries++
        return
      case 'count-split':
        this.progress.splits++
        return
      case 'save':
        return this.#save(effect)
      case 'arm-retry':
        this.flight.backOff(effect.at)
        this.#takeBackTimer = this.#host.clock.at(effect.at, () =>
          this.#host.enter(() => this.#receive({ type: 'retry-due', ...this.#now() })),
        )
        return
      case 'release':
        return this.#release()
      default:
        return unreachable(effect)
    }
  }

  #release(): void {
    this.#takeBackTimer?.()
    this.#takeBackTimer = undefined
    this.flight.land()
    const goesOn = this.#cutsAfterFinal && this.#isBatchDue
    this.#cutsAfterFinal = false
    if (!goesOn || !this.cutNext()) this.#host.released(this)
  }

  /** The batching window that ran has ended while a final call was made: what waits has waited long enough. */
  get #isBatchDue(): boolean {
    const isOver = this.flight.batchingWindowEnd <= this.#host.clock.now()
    return this.rules.batchingWindowMs > 0 && isOver && !this.lane.block.isLeaving()
  }

  #invoke(work: Work, windows: LaneWindows | undefined): void {
    const { clock, runtime, timeoutMs } = this.#host
    const now = clock.now()
    const deadline = (now + timeoutMs) as EpochMs
    const firstOrdinal = this.progress.settledOrdinal + 1
    const cut = work.final ? undefined : this.#cutFor(work)
    const lastOrdinal = cut?.lastOrdinal ?? this.progress.settledOrdinal
    this.flight.begin(work, { firstOrdinal, lastOrdinal, deadline })
    this.progress.invocations++
    if (cut) this.progress.iteratorAgeMs = now - work.batch.arrivals.at(-1)!
    if (cut?.tooLarge) return this.#ended(work, TOO_LARGE)
    const event = this.#event(cut?.records ?? [], work, windows)
    runtime.invoke({ requestId: work.requestId, event, deadline }, (answer) =>
      this.#host.enter(() => this.#ended(work, this.#judge(work, answer, windows))),
    )
  }

  /** The records of a batch, fresh for its handler. */
  #cutFor(work: Work): Cut {
    const count = work.batch.arrivals.length
    const isFresh = this.#cut?.count === count && !this.#isHandedOut
    this.#cut = isFresh ? this.#cut! : this.lane.cutAgain(this.progress, count)
    this.#isHandedOut = true
    return this.#cut
  }

  #event(records: unknown[], work: Work, windows: LaneWindows | undefined): object {
    return windows ? this.windows!.event(records, windows, work.final) : { Records: records }
  }

  #judge(work: Work, answer: Answer, windows: LaneWindows | undefined): Verdict {
    switch (answer.type) {
      case 'returned': {
        const { partialResponses } = this.rules
        if (!partialResponses && !windows) return SUCCEEDED
        let identifiers: readonly string[] | undefined
        const find = (identifier: string) => {
          identifiers ??= this.#sequenceNumbers(work)
          return identifiers.indexOf(identifier)
        }
        if (windows) return judgeWindowResponse(answer.value, partialResponses ? find : undefined)
        return judgePartialResponse(answer.value, find)
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

  #sequenceNumbers({ batch }: Work) {
    const count = batch.arrivals.length
    return count > 0 ? this.lane.sequenceNumbers(this.progress, count) : []
  }

  #ended(work: Work, verdict: Verdict): void {
    if (this.#host.isPoisoned) return
    this.flight.end()
    const { batchingWindowMs } = this.rules
    // A final call comes between two batches, and is none.
    if (batchingWindowMs > 0 && !work.final)
      this.flight.batchingWindowEnd = this.#host.clock.now() + batchingWindowMs
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

  #discard(effect: Extract<LaneEffect, { type: 'discard' }>): void {
    const { work } = effect.discard
    const count = work.batch.arrivals.length
    const cut = work.final ? undefined : this.lane.cutAgain(this.progress, count)
    const event = this.#event(cut?.records ?? [], work, effect.windows)
    const given = { event, tooLarge: cut?.tooLarge ?? false }
    const freshId = () => this.#host.random.uuid()
    this.#discards.push(discardedBatch(effect, given, this.#sequenceNumbers(work), freshId))
    this.#cut = undefined
    if (count > 0) this.#pass(count)
  }

  #save(save: Extract<LaneEffect, { type: 'save' }>): void {
    const stack = storedStack(this.lane, this.progress, save)
    const discards = this.#discards
    this.#discards = []
    const stored = storedWindows(save)
    this.#windowsToPublish = stored.windows
    this.#host.save(this, { stack, discards, resumeAt: this.#resumeAt(), ...stored })
  }

  /** Until when the lane will back off when it is saved; 0 = it goes on at once. */
  #resumeAt(): number {
    const state = this.#state
    return state.state === 'saving' && typeof state.after === 'object'
      ? state.after.backOffUntil
      : 0
  }

  #publish(): void {
    if (this.#windowsToPublish) this.windows?.publish(this.#windowsToPublish)
    this.#windowsToPublish = undefined
    this.lane.block.publish(this.lane.lane, this.progress)
    this.flight.land()
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
