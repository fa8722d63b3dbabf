import { unreachable } from '../../core/invariant.ts'
import type { Channel } from '../../ports/channel.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FunctionRuntime } from '../../ports/function-runtime.ts'
import type { Random } from '../../ports/random.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import { LaneWord } from '../lane-memory/lane-block.ts'
import { LaneReader } from '../lane-memory/lane-reader.ts'
import { Permits } from '../lane-memory/permits.ts'
import type { PoolMemory } from '../lane-memory/pool-memory.ts'
import { PoolSignals } from '../lane-memory/pool-signals.ts'
import { SharedQueue } from '../lane-memory/shared-queue.ts'
import type { AttemptFailure, FromHost, StreamFacts, ToHost } from '../protocol.ts'
import type { BatchActorHost, HostedActor } from './batch-actor-host.ts'
import { type HostCommand, HostInbox } from './host-inbox.ts'
import { HostLanes } from './host-lanes.ts'
import { HostShards } from './host-shards.ts'
import { HostTasks, type InvocationOutput } from './host-tasks.ts'
import { InvocationSlots } from './invocation-slots.ts'
import type { LaneSave } from './lane-saving.ts'
import { PermitWait } from './permit-wait.ts'

export type LaneHostParts = {
  readonly hostId: number
  readonly memory: PoolMemory
  readonly channel: Channel<ToHost, FromHost>
  readonly runtime: FunctionRuntime
  readonly timeoutMs: number
  readonly clock: Clock
  readonly random: Random
  createDecoder(stream: StreamFacts): RecordDecoder
  /** Absent where what the function prints cannot be told from what others do. */
  readonly output?: InvocationOutput
}

/** Longest run of invocations without a turn of the event loop, so that timers of user code run. @unit ms */
const TURN_MS = 4

/**
 * Carries batch actors: takes ready lanes of its pool, one batch each, as many at a time as the function's
 * environment allows. Lives in a pool thread, or on the main thread for inline functions: wiring, not other code.
 */
export class LaneHost implements BatchActorHost {
  readonly clock: Clock
  readonly random: Random
  readonly runtime: FunctionRuntime
  readonly timeoutMs: number
  readonly #parts: LaneHostParts
  readonly #ready: SharedQueue
  readonly #settledLanes: SharedQueue
  readonly #signals: PoolSignals
  readonly #shards: HostShards
  readonly #lanes: HostLanes
  readonly #inbox: HostInbox
  readonly #permits: Permits
  readonly #permitWait: PermitWait
  readonly #slots: InvocationSlots
  readonly #tasks: HostTasks
  /** Several invocations ran when an error escaped from one of them: none of their answers counts (D27). */
  isPoisoned = false
  #isLoaded = false
  #savesRunning = 0
  #turnBegan = 0
  #pumping = false
  #pumpSoon = false
  #listening = false
  #stopping = false
  #retired = false
  #stopped!: () => void
  /** Resolves when the host was told to stop and nothing runs any more. */
  readonly ended = new Promise<void>((resolve) => {
    this.#stopped = resolve
  })

  constructor(parts: LaneHostParts) {
    this.#parts = parts
    this.clock = parts.clock
    this.random = parts.random
    this.runtime = parts.runtime
    this.timeoutMs = parts.timeoutMs
    this.#ready = new SharedQueue(parts.memory.ready)
    this.#settledLanes = new SharedQueue(parts.memory.settled)
    this.#signals = new PoolSignals(parts.memory.signals)
    this.#permits = new Permits(parts.memory.permits)
    this.#permitWait = new PermitWait(this.#permits, () => this.#turn(() => this.#begin()))
    this.#slots = new InvocationSlots({
      runningMax: () => (this.#canInvoke ? this.runtime.concurrencyMax : 0),
      aloneEnded: (laneId) => parts.channel.post({ type: 'alone-ended', laneId }),
      permits: this.#permits,
      holder: parts.memory.holdersFrom + parts.hostId,
    })
    this.#tasks = new HostTasks({
      ...parts,
      slots: this.#slots,
      enter: (work) => this.enter(work),
      ended: () => this.#pump(),
    })
    this.#shards = new HostShards((stream) => parts.createDecoder(stream))
    this.#inbox = new HostInbox({
      channel: parts.channel,
      clock: parts.clock,
      learn: (knowledge) => this.enter(() => this.#shards.learn(knowledge)),
      obey: (command) => this.#turn(() => this.#obey(command)),
    })
    this.#lanes = new HostLanes({
      hostId: parts.hostId,
      host: this,
      reader: new LaneReader(parts.memory.slab),
      shards: this.#shards,
      ready: this.#ready,
      slots: this.#slots,
      drainInbox: () => this.#inbox.drain(),
      pump: () => this.#pump(),
    })
  }

  /** Loads the function, then takes lanes until told to stop. */
  async run(): Promise<void> {
    this.#inbox.open()
    const error = await this.runtime.load()
    this.#parts.channel.post({ type: 'loaded', ...(error ? { error } : {}) })
    this.#isLoaded = !error
    if (!error) this.#turn(() => this.#begin())
    await this.ended
    this.#parts.channel.close()
  }

  /** Lanes may have been handed over while there was no room. */
  #begin(): void {
    this.#slots.admit()
    this.#pump()
  }

  get #canInvoke(): boolean {
    return this.#isLoaded && !this.runtime.mustBeReplaced && !this.isPoisoned
  }

  save(actor: HostedActor, save: LaneSave): void {
    this.#savesRunning++
    this.#parts.channel.post({
      type: 'save',
      laneId: actor.laneId,
      progress: { ...actor.progress },
      ...save,
    })
  }

  settled(actor: HostedActor): void {
    const { block, lane } = actor.lane
    if (block.swap(lane, LaneWord.reported, 0, 1)) this.#settledLanes.push(actor.laneId)
    this.#signals.tellMain()
  }

  released(actor: HostedActor): void {
    this.#lanes.released(actor)
  }

  whenRoom(actor: HostedActor, invocation: (mayRun: boolean) => void): void {
    this.#slots.whenRoom(actor.laneId, invocation)
  }

  invocationEnded(actor: HostedActor): void {
    this.#slots.ended(actor.laneId)
    this.#pump()
  }

  /** An error escaped while several invocations ran: the thread ends, and they run again one at a time (D27). */
  poison(): void {
    this.isPoisoned = true
    this.#parts.channel.post({
      type: 'worn-out',
      reason: 'an error escaped from one of several invocations',
    })
  }

  enter(work: () => void): void {
    try {
      work()
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      this.#parts.channel.post({ type: 'broken', message, stack: stack ?? '' })
    }
  }

  attemptFailed({ laneId }: HostedActor, failure: AttemptFailure): void {
    this.#parts.channel.post({ type: 'attempt-failed', laneId, failure })
  }

  /** Everything that enters from the event loop: a fresh time slice. */
  #turn(work: () => void): void {
    this.#turnBegan = this.clock.now()
    this.enter(work)
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    const seen = this.#permits.signal
    while (this.#mayBegin()) {
      if (this.clock.now() - this.#turnBegan >= TURN_MS) {
        this.#later()
        break
      }
      const laneId = this.#ready.take()
      if (laneId >= 0) this.#lanes.claim(laneId)
      else if (this.#sleep()) break
    }
    this.#pumping = false
    if (!this.#stopping) this.#permitWait.begin(seen)
    this.#retire()
    if (this.#stopping && this.#slots.running === 0) this.#stopped()
  }

  /** An environment that cannot be used again goes when nothing of it is unsaved: its lanes go on elsewhere. */
  #retire(): void {
    if (
      !this.runtime.mustBeReplaced ||
      this.#retired ||
      this.#slots.running > 0 ||
      this.#savesRunning > 0
    )
      return
    this.#retired = true
    this.#parts.channel.post({ type: 'worn-out', reason: 'the environment must be replaced' })
  }

  /** Something happened to the environment outside of an invocation. */
  environmentChanged(): void {
    this.#turn(() => this.#pump())
  }

  #mayBegin(): boolean {
    return !this.#stopping && this.#slots.hasRoom
  }

  #later(): void {
    if (this.#pumpSoon) return
    this.#pumpSoon = true
    this.clock.soon(() => {
      this.#pumpSoon = false
      this.#turn(() => this.#pump())
    })
  }

  /** @returns false when a lane became ready while falling asleep. */
  #sleep(): boolean {
    const { hostId } = this.#parts
    // A wake-up that came while nobody listened is made up for here.
    this.#lanes.look()
    const seen = this.#signals.signalOf(hostId)
    this.#signals.setIdle(hostId, true)
    if (!this.#ready.isEmpty()) {
      this.#signals.setIdle(hostId, false)
      return false
    }
    if (!this.#listening) {
      this.#listening = true
      this.#signals.onWake(hostId, seen, () => this.#woken())
    }
    return true
  }

  #woken(): void {
    this.#listening = false
    this.#signals.setIdle(this.#parts.hostId, false)
    this.#turn(() => {
      this.#lanes.look()
      this.#pump()
      // Something was handed over just before: who sleeps takes what this one was woken for.
      if (!this.#mayBegin() && !this.#ready.isEmpty()) this.#signals.wakeAny()
    })
  }

  #obey(command: HostCommand): void {
    switch (command.type) {
      case 'leave-shard':
        return this.#lanes.leave(command.handle)
      case 'close-shard':
        return this.#shards.close(command.handle)
      case 'resume':
        return this.#lanes.resume(command)
      case 'saved':
        this.#savesRunning--
        this.#lanes.at(command.laneId)?.saved()
        return this.#pump()
      case 'task':
        this.#signals.setIdle(this.#parts.hostId, false)
        this.#tasks.take(command.task)
        return this.#pump()
      case 'stop':
        this.#stopping = true
        return this.#pump()
      default:
        return unreachable(command)
    }
  }
}
