import { LaneHost } from '../actors/host/lane-host.ts'
import type { PoolMemory } from '../actors/lane-memory/pool-memory.ts'
import type { FromHost, ToHost } from '../actors/protocol.ts'
import type { HostEnd } from '../core/function/host-end.ts'
import type { Channel } from '../ports/channel.ts'
import type { Clock } from '../ports/clock.ts'
import type { FunctionRuntime } from '../ports/function-runtime.ts'
import type { HostThread, HostThreads } from '../ports/host-threads.ts'
import type { Random } from '../ports/random.ts'
import { createDecoders } from './record-decoders.ts'

/** Two channel ends within one thread. Messages are handed over in a later turn, as between threads. */
function channelPair<A, B>(): readonly [Channel<A, B>, Channel<B, A>] {
  const a = new LocalChannel<A, B>()
  const b = new LocalChannel<B, A>()
  a.peer = b
  b.peer = a
  return [a, b]
}

class LocalChannel<Incoming, Outgoing> implements Channel<Incoming, Outgoing> {
  peer!: LocalChannel<Outgoing, Incoming>
  #waiting: Incoming[] = []
  #listener: ((message: Incoming) => void) | undefined

  post(message: Outgoing): void {
    const { peer } = this
    peer.#waiting.push(structuredClone(message))
    queueMicrotask(() => peer.drain())
  }

  receive(listener: (message: Incoming) => void): void {
    this.#listener = listener
    queueMicrotask(() => this.drain())
  }

  drain(): void {
    while (this.#listener && this.#waiting.length > 0) this.#listener(this.#waiting.shift()!)
  }

  close(): void {
    this.#listener = undefined
  }
}

/** The program's own thread, for an inline function: one lane host without a limit of invocations. */
export class InlineThreads implements HostThreads<PoolMemory, FromHost, ToHost> {
  readonly threadsMax = 1
  readonly #parts: {
    readonly runtime: FunctionRuntime
    readonly timeoutMs: number
    readonly clock: Clock
    readonly random: Random
  }

  constructor(parts: {
    readonly runtime: FunctionRuntime
    readonly timeoutMs: number
    readonly clock: Clock
    readonly random: Random
  }) {
    this.#parts = parts
  }

  start(hostId: number, memory: PoolMemory): HostThread<FromHost, ToHost> {
    const [ours, theirs] = channelPair<FromHost, ToHost>()
    const host = new LaneHost({
      ...this.#parts,
      hostId,
      memory,
      channel: theirs,
      createDecoder: createDecoders(),
    })
    const ended = host.run().then(
      (): HostEnd => ({ type: 'finished' }),
      (error: unknown): HostEnd => ({ type: 'crashed', error }),
    )
    // The program's own thread cannot be ended: what blocks it blocks the engine too.
    return { channel: ours, ended, kill() {} }
  }

  cpuUse(): number {
    return 0
  }

  async close(): Promise<void> {}
}
