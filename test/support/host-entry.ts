import type { EpochMs } from '../../lib/core/ids.ts'
import type { HostStart } from '../../lib/functions/pool/thread-pool.ts'
import { captureOutput } from '../../lib/functions/worker/console.ts'
import { createModuleRuntime } from '../../lib/functions/worker/module-runtime.ts'
import type { HostOrder, HostReport } from './function-host.ts'

/** A host that runs what the test orders. */
export async function runHost({ port, settings, identity }: HostStart): Promise<void> {
  const tell = (report: HostReport): void => port.postMessage(report)
  const finished = deferred()
  const runtime = createModuleRuntime(settings, identity, {
    threadPoisoned: (error, runningCount) => tell({ type: 'poisoned', error, runningCount }),
    lateError: (error) => tell({ type: 'late', error }),
  })
  const output = captureOutput(() => runtime.requestId)
  port.on('message', (order: HostOrder) => {
    if (order.type === 'finish') finished.resolve()
    else if (order.type === 'tell-state') {
      tell({ type: 'state', mustBeReplaced: runtime.mustBeReplaced })
    } else {
      const { requestId, event, timeMs } = order
      runtime.invoke({ requestId, event, deadline: (Date.now() + timeMs) as EpochMs }, (answer) =>
        tell({ type: 'answered', requestId, answer }),
      )
    }
  })
  tell({ type: 'loaded', error: await runtime.load() })
  await finished.promise
  output.flush()
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
