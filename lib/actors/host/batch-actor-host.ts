import type { LaneRules } from '../../core/lane/lane-rules.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionRuntime } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import type { LaneProgress } from '../lane-memory/lane-block.ts'
import type { AttemptFailure } from '../protocol.ts'
import type { HostLane } from './host-lane.ts'
import type { HostWindows } from './host-windows.ts'
import type { LaneSave } from './lane-saving.ts'

/** A batch actor as its host sees it. */
export interface HostedActor {
  readonly laneId: number
  readonly lane: HostLane
  readonly rules: LaneRules
  readonly progress: LaneProgress
  /** Records that wait behind the settled position. */
  readonly waiting: number
}

/** What a batch actor needs of the host it lives in. */
export interface BatchActorHost {
  readonly clock: Clock
  readonly random: Random
  readonly runtime: FunctionRuntime
  readonly timeoutMs: number
  /** The actor's progress is to be made durable; `saved()` follows. */
  save(actor: HostedActor, saved: LaneSave): void
  /** The lane's progress was published. */
  settled(actor: HostedActor): void
  /** The lane holds nothing: it may go to another host. */
  released(actor: HostedActor): void
  /**
   * Runs `invocation` when there is room for it. {@link invocationEnded} follows it. Told `false`, the function must not
   * be called now.
   */
  whenRoom(actor: HostedActor, invocation: (mayRun: boolean) => void): void
  invocationEnded(actor: HostedActor): void
  /** Answers do not count any more: the thread is about to be ended (D27). */
  readonly isPoisoned: boolean
  /** Enters from outside: what `work` throws is a bug of ours and is reported as such. */
  enter(work: () => void): void
  attemptFailed(actor: HostedActor, failure: AttemptFailure): void
}

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
