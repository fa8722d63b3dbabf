import type { Logger } from 'pino'
import type { Engine } from '../engine/engine.ts'

/** What the routes work with. */
export type ApiParts = {
  readonly engine: Engine
  readonly log: Logger
  /** Why requests that need the engine would not get far: empty when all is well. */
  readonly problems: () => readonly string[]
}
