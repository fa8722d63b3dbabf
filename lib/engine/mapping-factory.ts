import type { CheckpointWriter } from '../actors/checkpoint-writer.ts'
import type { Slab } from '../actors/lane-memory/slab.ts'
import { MappingActor, type MappingEvent, type MappingTerms } from '../actors/mapping/mapping.ts'
import type { MappingUuid } from '../core/ids.ts'
import type { MappingSettings } from '../core/mapping/settings.ts'
import type { ChildFailure } from '../core/supervision/decider.ts'
import type { EngineGround } from './engine-ground.ts'
import type { FunctionResolution } from './functions/function-resolution.ts'

export type FactoryParts = EngineGround & {
  readonly resolution: FunctionResolution
  readonly checkpoints: CheckpointWriter
  readonly slab: Slab
  readonly report: (event: MappingEvent) => void
  readonly escalate: (uuid: MappingUuid, failure: ChildFailure) => void
}

/** Makes mappings out of settings: finds the stream, loads the function, wires the actor. */
export class MappingFactory {
  readonly #parts: FactoryParts

  constructor(parts: FactoryParts) {
    this.#parts = parts
  }

  functionArn(settings: MappingSettings): string {
    return this.#parts.resolution.arn(settings)
  }

  /** Whether there is such a function, and such a version or alias of it. */
  hasFunction(functionName: string, functionQualifier?: string): boolean {
    const qualified = functionQualifier === undefined ? {} : { functionQualifier }
    return this.#parts.resolution.maybe({ functionName, ...qualified }) !== undefined
  }

  /** Loads a function before anything is read for it. @throws MillraceError MILLRACE_HANDLER_UNLOADABLE, MILLRACE_FUNCTION_UNKNOWN @source D34 */
  async load(settings: MappingSettings): Promise<void> {
    await this.#parts.resolution.load(settings)
  }

  /** What a mapping follows by these settings, as of now. A function that is gone is one that runs nothing. */
  terms(settings: MappingSettings): MappingTerms {
    const pool = this.#parts.resolution.pool(settings)
    return { settings, pool, functionArn: this.functionArn(settings) }
  }

  /** Finds the stream and where to begin, durably; nothing is read yet. @throws MillraceError */
  async create(
    uuid: MappingUuid,
    settings: MappingSettings,
    terms = this.terms(settings),
  ): Promise<MappingActor> {
    const {
      configuration,
      streams,
      resolution: _resolution,
      report,
      escalate,
      ...shared
    } = this.#parts
    const found = await streams.find(settings.source)
    const {
      readAheadBytes: readAhead,
      retryBackoff: backoff,
      tumblingWindowGraceMs: tumblingGraceMs,
    } = configuration.engine
    const mapping = new MappingActor({
      ...shared,
      ...terms,
      uuid,
      // D31: the latest stream; older ones of the same name come first where they were being read.
      stream: found.at(-1)!,
      olderStreams: found.slice(0, -1),
      readAhead,
      backoff,
      tumblingGraceMs,
      report,
      escalate: (failure) => escalate(uuid, failure),
    })
    try {
      await mapping.prepare()
      return mapping
    } catch (error) {
      // It may be tried again and again.
      await streams.release(found)
      throw error
    }
  }
}
