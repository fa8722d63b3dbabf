/**
 * The second root: what a pool thread runs. It carries a lane host and the user's function beside it; piscina loads
 * this file, never the user's module (reliability §3).
 */
import { LaneHost } from '../actors/host/lane-host.ts'
import type { PoolMemory } from '../actors/lane-memory/pool-memory.ts'
import type { FromHost, ToHost } from '../actors/protocol.ts'
import type { HostStart } from '../functions/pool/thread-pool.ts'
import { captureOutput } from '../functions/worker/console.ts'
import { createModuleRuntime } from '../functions/worker/module-runtime.ts'
import { OutputTails } from '../functions/worker/output-tails.ts'
import { PortChannel } from './port-channel.ts'
import { createDecoders } from './record-decoders.ts'
import { createSystemClock } from './system-clock.ts'
import { SYSTEM_RANDOM } from './system-random.ts'

/** Runs until the host is told to finish. Called by piscina in the thread; everything else comes through `port`. */
export async function runHost({
  hostId,
  port,
  shared,
  settings,
  identity,
  logLevel: levelMin,
}: HostStart): Promise<void> {
  const runtime = createModuleRuntime(settings, identity, {
    lateError: () => host.environmentChanged(),
    threadPoisoned: (_error, runningCount) => {
      if (runningCount > 1) host.poison()
    },
  })
  const tails = new OutputTails()
  const { functionName } = identity
  const output = captureOutput(() => runtime.requestId, {
    heard: (requestId, line) => tails.heard(requestId, line),
    ...(levelMin === undefined ? {} : { log: { functionName, levelMin } }),
  })
  const host = new LaneHost({
    hostId,
    memory: shared as PoolMemory,
    channel: new PortChannel<ToHost, FromHost>(port),
    runtime,
    timeoutMs: settings.timeoutSeconds * 1000,
    // Its timers must not keep the event loop alive: the runtime watches for an empty one.
    clock: createSystemClock(false),
    random: SYSTEM_RANDOM,
    createDecoder: createDecoders(),
    output: {
      keep: (requestId) => tails.keep(requestId),
      take(requestId) {
        output.flush()
        return tails.take(requestId)
      },
    },
  })
  await host.run()
  output.flush()
}
