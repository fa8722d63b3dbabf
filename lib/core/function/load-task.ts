import type { ModuleFunctionSettings } from '../mapping/settings.ts'
import type { FunctionIdentity } from './lambda-context.ts'

/** How long a module may take to load, as Lambda's init phase. @unit milliseconds @source Lambda guide, runtime environment */
export const LOAD_MS_MAX = 10_000

/** Asks a thread to load a module function, to see whether it can be. @source D34 */
export type LoadTask = {
  readonly settings: ModuleFunctionSettings
  readonly identity: FunctionIdentity
  readonly loadMs: number
  /** Of what it prints; see the pool's options. */
  readonly logLevel?: number
}
