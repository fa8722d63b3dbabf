import { MessageChannel } from 'node:worker_threads'
import type { PoolMemory } from '../actors/lane-memory/pool-memory.ts'
import type { FromHost, ToHost } from '../actors/protocol.ts'
import type { FunctionIdentity } from '../core/function/lambda-context.ts'
import type { ModuleFunctionSettings } from '../core/mapping/settings.ts'
import { createThreadPool, type ThreadPool } from '../functions/pool/thread-pool.ts'
import type { HostThread, HostThreads } from '../ports/host-threads.ts'
import { PortChannel } from './port-channel.ts'

/** The threads of a module function: a piscina pool in which each thread carries one lane host. */
export class ModuleThreads implements HostThreads<PoolMemory, FromHost, ToHost> {
  readonly threadsMax: number
  readonly #pool: ThreadPool

  constructor(
    settings: ModuleFunctionSettings,
    options: {
      readonly identity: FunctionIdentity
      readonly region: string
      readonly threadsMax: number
      readonly logLevel?: number
    },
  ) {
    this.threadsMax = options.threadsMax
    this.#pool = createThreadPool({
      ...options,
      hostFile: new URL('./lane-host.js', import.meta.url),
      settings,
      inherited: process.env,
    })
  }

  start(hostId: number, memory: PoolMemory): HostThread<FromHost, ToHost> {
    const { port1, port2 } = new MessageChannel()
    const { ended, kill } = this.#pool.startHost(hostId, { port: port2, shared: memory })
    return { channel: new PortChannel<FromHost, ToHost>(port1), ended, kill }
  }

  cpuUse(): number {
    return this.#pool.cpuUse()
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}
