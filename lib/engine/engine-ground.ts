import type { EngineConfiguration } from '../core/mapping/settings.ts'
import type { Clock } from '../ports/clock.ts'
import type { EngineStore } from '../ports/failed-batch-store.ts'
import type { Random } from '../ports/random.ts'
import type { EngineStreams } from './engine-streams.ts'

/** What an engine is made from. */
export type EngineGround = {
  readonly configuration: EngineConfiguration
  readonly store: EngineStore
  readonly streams: EngineStreams
  readonly clock: Clock
  readonly random: Random
  /** What module functions print becomes lines of JSON, from this level of pino's on; lines of text without it. */
  readonly logLevel: number | undefined
}
