import type { EpochMs } from '../../core/ids.ts'
import { unreachable } from '../../core/invariant.ts'
import type { Channel } from '../../ports/channel.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Answer, FunctionRuntime } from '../../ports/function-runtime.ts'
import type { FromHost, InvocationTask, TaskAnswer, ToHost } from '../protocol.ts'
import type { InvocationSlots } from './invocation-slots.ts'

/** What invocations print. */
export interface InvocationOutput {
  /** Keeps what it prints from now on. */
  keep(requestId: string): void
  /** The last of what it printed since. Nothing of it is kept any more. */
  take(requestId: string): string
}

export type HostTasksParts = {
  readonly channel: Channel<ToHost, FromHost>
  readonly runtime: FunctionRuntime
  readonly timeoutMs: number
  readonly clock: Clock
  readonly output?: InvocationOutput
  readonly slots: InvocationSlots
  /** What `work` throws is a bug of ours. */
  enter(work: () => void): void
  /** There is room again. */
  ended(): void
}

/** Invocations that are of no lane, in the environment that lanes are worked on in. Their permits are the main thread's. */
export class HostTasks {
  readonly #parts: HostTasksParts

  constructor(parts: HostTasksParts) {
    this.#parts = parts
  }

  /** Begins now, or when there is room. */
  take(task: InvocationTask): void {
    this.#parts.slots.whenRoomPermitted(-task.id, () => this.#invoke(task))
  }

  #invoke(task: InvocationTask): void {
    const { channel, clock, runtime, timeoutMs, output, enter } = this.#parts
    const { id, requestId, payload, functionArn, wantsLog } = task
    channel.post({ type: 'task-begun', task: id })
    if (wantsLog) output?.keep(requestId)
    const begunAt = clock.now()
    const deadline = (begunAt + timeoutMs) as EpochMs
    const event: unknown = JSON.parse(payload)
    runtime.invoke({ requestId, event, deadline, functionArn }, (answer) =>
      enter(() => this.#ended(task, answer, clock.now() - begunAt)),
    )
  }

  #ended({ id, requestId, wantsLog }: InvocationTask, answer: Answer, durationMs: number): void {
    const { channel, slots, output, ended } = this.#parts
    const log = wantsLog ? { log: output?.take(requestId) ?? '' } : {}
    channel.post({
      type: 'task-ended',
      task: id,
      end: { answer: taskAnswer(answer), durationMs, ...log },
    })
    slots.ended(-id)
    ended()
  }
}

function taskAnswer(answer: Answer): TaskAnswer {
  switch (answer.type) {
    case 'returned':
      return { type: 'returned', json: JSON.stringify(answer.value ?? null) }
    case 'function-error':
    case 'not-run':
      return answer
    default:
      return unreachable(answer)
  }
}
