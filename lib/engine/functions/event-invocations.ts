import type { TaskEnd } from '../../actors/protocol.ts'
import {
  type EventOutcome,
  type EventTries,
  FIRST_TRY,
  planEvent,
} from '../../core/function/event-retry.ts'
import type { FunctionTarget } from '../../core/function/function-target.ts'
import type { EpochMs } from '../../core/ids.ts'
import { EVENT_QUEUE_BYTES_MAX, EVENT_QUEUE_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { Clock } from '../../ports/clock.ts'

/** An invocation whose caller does not wait. */
export type EventInvocation = {
  readonly target: FunctionTarget
  readonly requestId: string
  /** JSON. */
  readonly payload: string
}

export type EventsParts = {
  readonly clock: Clock
  /** Of one function, at the same time. */
  readonly runningMax: number
  /** @returns undefined where the function is gone. */
  attempt(invocation: EventInvocation): Promise<TaskEnd | 'throttled' | undefined>
  /** It was given up. */
  dropped(invocation: EventInvocation, reason: string): void
}

type Entry = {
  readonly invocation: EventInvocation
  readonly acceptedAt: EpochMs
  tries: EventTries
}

/**
 * Invocations of type Event: accepted at once, run when there is room, tried again as Lambda does, then dropped. They wait
 * in memory, a bounded number of them, and are lost with the engine.
 */
export class EventInvocations {
  readonly #parts: EventsParts
  readonly #entries = new Set<Entry>()
  readonly #ready = new Map<string, Entry[]>()
  readonly #running = new Map<string, number>()
  readonly #timers = new Map<Entry, () => void>()
  #payloadBytes = 0
  #isStopped = false

  constructor(parts: EventsParts) {
    this.#parts = parts
  }

  /** @throws ApiError TooManyRequestsException when too many wait */
  add(invocation: EventInvocation): void {
    const bytes = this.#payloadBytes + invocation.payload.length
    if (this.#entries.size >= EVENT_QUEUE_MAX || bytes > EVENT_QUEUE_BYTES_MAX)
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', [], {
        reason: 'CallerRateLimitExceeded',
      })
    this.#payloadBytes = bytes
    const entry = { invocation, acceptedAt: this.#parts.clock.now(), tries: FIRST_TRY }
    this.#entries.add(entry)
    this.#makeReady(entry)
  }

  /** Waits for nothing: what has not run is told as dropped. */
  stop(): void {
    this.#isStopped = true
    for (const takeBack of this.#timers.values()) takeBack()
    for (const { invocation } of this.#entries) this.#parts.dropped(invocation, 'the engine stops')
    this.#entries.clear()
    this.#ready.clear()
  }

  #makeReady(entry: Entry): void {
    const { name } = entry.invocation.target
    const ready = this.#ready.get(name) ?? []
    ready.push(entry)
    this.#ready.set(name, ready)
    this.#pump(name)
  }

  #pump(name: string): void {
    const ready = this.#ready.get(name) ?? []
    let running = this.#running.get(name) ?? 0
    while (ready.length > 0 && running < this.#parts.runningMax) {
      this.#running.set(name, ++running)
      // It never rejects.
      void this.#try(ready.shift()!)
    }
    if (ready.length === 0) this.#ready.delete(name)
  }

  async #try(entry: Entry): Promise<void> {
    const { invocation } = entry
    const { name } = invocation.target
    const outcome = await this.#outcomeOf(invocation)
    this.#running.set(name, this.#running.get(name)! - 1)
    if (!this.#isStopped) {
      if (outcome === 'over') this.#forget(entry)
      else this.#plan(entry, outcome)
    }
    this.#pump(name)
  }

  async #outcomeOf(invocation: EventInvocation): Promise<EventOutcome | 'over'> {
    const { attempt, dropped } = this.#parts
    const end = await attempt(invocation).catch((error: unknown) => String(error))
    if (end === 'throttled') return 'throttled'
    if (end === undefined) {
      dropped(invocation, 'the function is not there any more')
      return 'over'
    }
    return typeof end !== 'string' && end.answer.type === 'returned' ? 'over' : 'failed'
  }

  #plan(entry: Entry, outcome: EventOutcome): void {
    const { clock, dropped } = this.#parts
    const plan = planEvent(entry.tries, outcome, clock.now() - entry.acceptedAt)
    if (plan.type === 'dropped') {
      this.#forget(entry)
      return dropped(entry.invocation, plan.condition)
    }
    entry.tries = plan.tries
    const takeBack = clock.at((clock.now() + plan.delayMs) as EpochMs, () => {
      this.#timers.delete(entry)
      this.#makeReady(entry)
    })
    this.#timers.set(entry, takeBack)
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry)
    this.#payloadBytes -= entry.invocation.payload.length
  }
}
