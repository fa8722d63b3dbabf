import type { CheckpointWriter } from '../actors/checkpoint-writer.ts'
import type { Slab } from '../actors/lane-memory/slab.ts'
import { MappingActor, type MappingEvent, type MappingTerms } from '../actors/mapping/mapping.ts'
import type { FunctionError } from '../core/function/function-error.ts'
import type { MappingUuid } from '../core/ids.ts'
import type { MappingSettings } from '../core/mapping/settings.ts'
import type { ChildFailure } from '../core/supervision/decider.ts'
import type { EngineFunctions } from './engine-functions.ts'
import type { EngineGround } from './engine-ground.ts'
import { unloadable } from './unloadable.ts'

export type FactoryParts = EngineGround & {
  readonly functions: EngineFunctions
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

  functionArn({ functionName, functionQualifier }: MappingSettings): string {
    return this.#parts.functions.functionArn(functionName, functionQualifier)
  }

  /** Loads a function before anything is read for it. @throws MillraceError MILLRACE_HANDLER_UNLOADABLE @source D34 */
  async load(functionName: string): Promise<void> {
    const { functions, configuration } = this.#parts
    const error = await functions.pool(functionName).load()
    if (error) throw unloadable(functionName, configuration.functions.get(functionName), error)
  }

  /** Why a function can run no more, in a sentence. */
  reasonOf(functionName: string, error: FunctionError | Error): string {
    const settings = this.#parts.configuration.functions.get(functionName)
    return unloadable(functionName, settings, error).message
  }

  /** What a mapping follows by these settings. */
  terms(settings: MappingSettings): MappingTerms {
    const pool = this.#parts.functions.pool(settings.functionName)
    return { settings, pool, functionArn: this.functionArn(settings) }
  }

  /** Finds the stream and where to begin, durably; nothing is read yet. @throws MillraceError */
  async create(uuid: MappingUuid, settings: MappingSettings): Promise<MappingActor> {
    const {
      configuration,
      streams,
      functions: _functions,
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
      ...this.terms(settings),
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
    await mapping.prepare()
    return mapping
  }
}
