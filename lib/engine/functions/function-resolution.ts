import { LanePool } from '../../actors/pool/lane-pool.ts'
import { MillraceError } from '../../core/errors.ts'
import { functionArnOf } from '../../core/function/function-target.ts'
import { type ResolvedFunction, resolveFunction } from '../../core/function/resolve-function.ts'
import { InvariantError } from '../../core/invariant.ts'
import type { MappingSettings } from '../../core/mapping/settings.ts'
import type { CodeFolders } from '../../functions/code/code-folders.ts'
import type { EngineFunctions, FunctionsParts } from '../engine-functions.ts'
import type { KnownFunctions } from './known-functions.ts'

/** How a mapping names its function. */
export type NamedFunction = Pick<MappingSettings, 'functionName' | 'functionQualifier'>

export type ResolutionParts = Pick<FunctionsParts, 'slab' | 'clock'> & {
  readonly known: KnownFunctions
  readonly codes: CodeFolders
  readonly functions: EngineFunctions
}

/** From names to programs and their pools, as of now. */
export class FunctionResolution {
  readonly #parts: ResolutionParts
  /** What mappings follow whose function is gone: nothing ever runs in it. */
  #absent: LanePool | undefined

  constructor(parts: ResolutionParts) {
    this.#parts = parts
  }

  arn({ functionName: name, functionQualifier: qualifier }: NamedFunction): string {
    return functionArnOf(
      this.#parts.known.home,
      qualifier === undefined ? { name } : { name, qualifier },
    )
  }

  /** @returns undefined where there is no such function, version or alias. */
  maybe({ functionName, functionQualifier }: NamedFunction): ResolvedFunction | undefined {
    const { known, codes } = this.#parts
    const found = known.find(functionName)
    return found && resolveFunction(found, functionQualifier, (folder) => codes.pathOf(folder))
  }

  /** Loads what it names. @throws MillraceError MILLRACE_FUNCTION_UNKNOWN, MILLRACE_HANDLER_UNLOADABLE */
  async load(named: NamedFunction): Promise<LanePool> {
    const resolved = this.maybe(named)
    if (resolved) return this.#parts.functions.load(resolved)
    const { functionName, functionQualifier: qualifier } = named
    const known = this.#parts.known.all().map(({ name }) => name)
    throw MillraceError.of('MILLRACE_FUNCTION_UNKNOWN', {
      function: qualifier === undefined ? functionName : `${functionName}:${qualifier}`,
      known: known.join(', ') || 'none',
    })
  }

  /** The pool that it means now; one that cannot run anything where the function is gone (aws-semantics §1.6). */
  pool(named: NamedFunction): LanePool {
    const resolved = this.maybe(named)
    return resolved ? this.#parts.functions.pool(resolved) : this.#absentPool()
  }

  #absentPool(): LanePool {
    const { slab, clock } = this.#parts
    const threads = {
      threadsMax: 1,
      start() {
        throw new InvariantError('a function that is not there is not called')
      },
      cpuUse: () => 0,
      close: async () => {},
    }
    const parts = { slab, clock, threads, timeoutSeconds: 1, processors: 1, failed() {} }
    this.#absent ??= new LanePool(parts)
    return this.#absent
  }
}
