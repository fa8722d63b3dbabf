import type { HostEnd } from '../core/function/host-end.ts'
import type { Channel } from './channel.ts'

export type HostThread<Incoming, Outgoing> = {
  readonly channel: Channel<Incoming, Outgoing>
  readonly ended: Promise<HostEnd>
  /** Ends the thread at once, whatever it does. Without effect on the main thread's own host. */
  kill(): void
}

/** Where lane hosts run: the threads of a pool, or the program's own thread. */
export interface HostThreads<Memory, Incoming, Outgoing> {
  readonly threadsMax: number
  start(hostId: number, memory: Memory): HostThread<Incoming, Outgoing>
  /** Busy share of the threads since the last call, in threads: 0..threadsMax. */
  cpuUse(): number
  /** Resolves when all threads have ended. */
  close(): Promise<void>
}
