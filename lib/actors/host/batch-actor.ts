import type { ShardWindows } from '../../core/checkpoint/shard-state.ts'
import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import { stepLane } from '../../core/lane/lane.ts'
import type { LaneRules } from '../../core/lane/lane-rules.ts'
import type { LaneEffect, LaneMessage, LaneState, Work } from '../../core/lane/lane-state.ts'
import type { Verdict } from '../../core/lane/verdict.ts'
import type { LaneWindows } from '../../core/window/tumbling-window.ts'
import type { Answer } from '../../ports/function-runtime.ts'
import type { LaneProgress } from '../lane-memory/lane-block.ts'
import type { DiscardedBatch, ResumedWork, Resumption } from '../protocol.ts'
import { answerVerdict, countEnded, THROTTLED, TOO_LARGE } from './answer-verdict.ts'
import type { BatchActorHost, BatchActorParts, HostedActor } from './batch-actor-host.ts'
import { findWorks } from './found-works.ts'
import type { HostLane } from './host-lane.ts'
import type { HostWindows } from './host-windows.ts'
import { LaneFlight } from './lane-flight.ts'
import { LaneHold } from './lane-hold.ts'
import { discardedBatch, resumeAt, storedStack, storedWindows } from './lane-saving.ts'

/** Runs the batches of one lane while a host owns it: a shell round `stepLane`. */
export class BatchActor implements HostedActor {
  readonly lane: HostLane
  readonly laneId: number
  readonly rules: LaneRules
  readonly windows: HostWindows | undefined
  readonly flight: LaneFlight
  readonly #hold: LaneHold
  readonly #host: BatchActorHost
  readonly #cautiousUntil: number
  /** D15: each attempt is written ahead. */
  #cautious: boolean
  #state: LaneState = { state: 'idle' }
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
    this.#hold = new LaneHold(lane)
    this.#host = host
    this.#cautiousUntil = cautiousUntil
    this.#cautious = cautiousUntil > 0
  }

  get progress(): LaneProgress {
    return this.#hold.progress
  }

  /** Records that wait behind the settled position. */
  get waiting(): number {
    return this.#hold.waiting
  }

  /** Takes the lane over from whoever had it. */
  adopt(): void {
    this.#hold.adopt()
  }

  /** Cuts the next batch and begins its first attempt. @returns false when nothing waits that is delivered. */
  cutNext(): boolean {
    if (this.windows?.isOutdated) return this.closeWindow()
    const event = this.windows?.nextEvent()
    const cut = this.#hold.cutNext(this.rules.batchSize, event)
    if (!cut) {
      // What waits lies behind the end of the open window.
      const closes = event !== undefined && this.waiting > 0
      this.#cutsAfterFinal = closes
      return closes && this.closeWindow()
    }
    if (cut.count === 0) {
      this.#hold.passEmpty(cut)
      this.#publish()
      return false
    }
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
    return this.lane.hasFullBatch(this.progress, this.rules, this.windows?.nextEvent())
  }

  /** Until when the next batch may be gathered, where its tumbling window says so (D28). @unit epoch ms */
  gatherUntil(): number {
    const stamp = this.windows && this.#hold.firstStamp
    return stamp === undefined ? Number.POSITIVE_INFINITY : this.windows!.gatherUntil(stamp)
  }

  /** Goes past records that are filtered out, up to the first one that is not. */
  passFiltered(): void {
    const place = this.lane.placeOfFirstPassing(this.progress)
    if (!place) return
    this.#hold.passTo(place, 0)
    this.#publish()
  }

  /** Takes up batches of the store, or of a thread that died. */
  resume(resumed: readonly ResumedWork[], how: Pick<Resumption, 'verdict' | 'resumeAt'>): void {
    this.#hold.forget()
    const works = this.lane.undisturbed(() => findWorks(this.lane, this.progress, resumed))
    const windows = this.windows?.withResumed(works, this.#hold.firstStamp)
    // Member by member: the caller may hand over its whole message, whose type is another.
    // A batch that is gone from the source (D20) takes its verdict along.
    const verdict = works[0]?.requestId === resumed[0]?.requestId ? how.verdict : undefined
    const failure = verdict && this.#hold.failureOf(verdict, works[0]!)
    if (failure) this.#host.attemptFailed(this, failure)
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
        return this.#host.whenRoom(this, (mayRun) =>
          mayRun ? this.#invoke(effect.work, effect.windows) : this.#ended(effect.work, THROTTLED),
        )
      case 'settle':
        return this.#settle(effect.count)
      case 'discard':
        return this.#discard(effect)
      case 'count-retry':
        return void this.progress.retries++
      case 'count-split':
        return void this.progress.splits++
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
    const [now, deadline] = [clock.now(), (clock.now() + timeoutMs) as EpochMs]
    const firstOrdinal = this.progress.settledOrdinal + 1
    const cut = work.final ? undefined : this.#hold.handOut(work.batch.arrivals.length)
    const lastOrdinal = cut?.lastOrdinal ?? this.progress.settledOrdinal
    this.flight.begin(work, { firstOrdinal, lastOrdinal, deadline })
    this.progress.invocations++
    if (cut) this.progress.iteratorAgeMs = now - work.batch.arrivals.at(-1)!
    if (cut?.tooLarge) return this.#ended(work, TOO_LARGE)
    const event = this.#event(cut?.records ?? [], work, windows)
    const wantsState = windows !== undefined
    const call = { event, wantsState, deadline, functionArn: this.rules.functionArn }
    runtime.invoke({ requestId: work.requestId, ...call }, (answer) =>
      this.#host.enter(() => this.#ended(work, this.#judge(work, answer, windows))),
    )
  }

  #event(records: unknown[], work: Work, windows: LaneWindows | undefined): object {
    return windows ? this.windows!.event(records, windows, work.final) : { Records: records }
  }

  #judge(work: Work, answer: Answer, windows: LaneWindows | undefined): Verdict {
    return answerVerdict(answer, {
      partialResponses: this.rules.partialResponses,
      inWindow: windows !== undefined,
      sequenceNumbers: () => this.#sequenceNumbers(work),
    })
  }

  #sequenceNumbers({ batch }: Work) {
    const count = batch.arrivals.length
    return count > 0 ? this.lane.sequenceNumbers(this.progress, count) : []
  }

  #ended(work: Work, verdict: Verdict): void {
    if (this.#host.isPoisoned) return
    countEnded(this, verdict, work.batch.arrivals.length, this.flight.end(this.#host))
    const { batchingWindowMs } = this.rules
    // A final call comes between two batches, and is none.
    if (batchingWindowMs > 0 && !work.final)
      this.flight.batchingWindowEnd = this.#host.clock.now() + batchingWindowMs
    if (verdict.type === 'failed') {
      const failure = this.#hold.failureOf(verdict, work)
      if (failure) this.#host.attemptFailed(this, failure)
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
    this.#hold.pass(count)
  }

  #discard(effect: Extract<LaneEffect, { type: 'discard' }>): void {
    const { work } = effect.discard
    const count = work.batch.arrivals.length
    const cut = work.final ? undefined : this.lane.cutAgain(this.progress, count)
    const event = this.#event(cut?.records ?? [], work, effect.windows)
    const given = { event, tooLarge: cut?.tooLarge ?? false }
    const freshId = () => this.#host.random.uuid()
    this.#discards.push(discardedBatch(effect, given, this.#sequenceNumbers(work), freshId))
    this.#hold.forget()
    if (count > 0) this.#pass(count)
  }

  #save(save: Extract<LaneEffect, { type: 'save' }>): void {
    const stack = storedStack(this.lane, this.progress, save)
    const windows = storedWindows(save)
    const discards = this.#discards
    this.#discards = []
    this.#windowsToPublish = windows.windows
    this.#host.save(this, { stack, discards, resumeAt: resumeAt(this.#state), ...windows })
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
