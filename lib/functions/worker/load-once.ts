import type { FunctionError } from '../../core/function/function-error.ts'
import type { LoadTask } from '../../core/function/load-task.ts'
import { captureOutput } from './console.ts'
import { createModuleRuntime } from './module-runtime.ts'

/** Entry of a thread that only loads a function. @source D34 */
export async function loadOnce(task: LoadTask): Promise<FunctionError | undefined> {
  const runtime = createModuleRuntime(task.settings, task.identity, {}, { loadMs: task.loadMs })
  const { logLevel: levelMin, identity } = task
  const { functionName } = identity
  const log = levelMin === undefined ? {} : { log: { functionName, levelMin } }
  const output = captureOutput(() => runtime.requestId, log)
  const error = await runtime.load()
  output.flush()
  return error
}
