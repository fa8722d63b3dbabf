import type { FunctionEntry, KnownFunction } from '../../core/function/function-entry.ts'
import { foldersOf } from '../../core/function/function-entry.ts'
import {
  type FunctionTarget,
  functionNotFound,
  type Home,
} from '../../core/function/function-target.ts'
import { functionChanges, storedFunctions } from '../../core/function/stored-function.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { EngineConfiguration } from '../../core/mapping/settings.ts'
import type { DefinitionStore } from '../../ports/definition-store.ts'

export type KnownFunctionsParts = {
  readonly configuration: EngineConfiguration
  readonly store: DefinitionStore
  /** Whether functions of the API outlive the engine, and those of former ones are here. */
  readonly definitions: 'durable' | 'none'
  /** A function is another from now on, or is gone. */
  readonly changed: (name: string) => void
}

/** What a change makes of an entry (none: it goes), and what its caller is told. */
export type EntryChange<Told> = readonly [FunctionEntry | undefined, Told]

/** The functions of an engine: those that the configuration owns, and those that were made over the API. */
export class KnownFunctions {
  readonly #parts: KnownFunctionsParts
  readonly #stored: Map<string, FunctionEntry>
  /** One change after the other. */
  #lastChange: Promise<unknown> = Promise.resolve()

  constructor(parts: KnownFunctionsParts) {
    this.#parts = parts
    this.#stored = new Map(parts.definitions === 'durable' ? readStored(parts.store) : [])
  }

  get home(): Home {
    return this.#parts.configuration
  }

  /** The configuration comes first: it may have taken a name over (D32). */
  find(name: string): KnownFunction | undefined {
    const settings = this.#parts.configuration.functions.get(name)
    return settings ? { owner: 'configuration', name, settings } : this.#stored.get(name)
  }

  /** By name. */
  all(): readonly KnownFunction[] {
    const names = new Set([...this.#parts.configuration.functions.keys(), ...this.#stored.keys()])
    return [...names].toSorted().map((name) => this.find(name)!)
  }

  /** @throws ApiError ResourceNotFoundException, which names the target */
  get(target: FunctionTarget): KnownFunction {
    const known = this.find(target.name)
    if (known) return known
    throw functionNotFound(this.home, target)
  }

  /** A function that the API may change. @throws ApiError ResourceNotFoundException; ResourceConflictException (D32) */
  owned(target: FunctionTarget): FunctionEntry {
    const known = this.get(target)
    if (known.owner === 'api') return known
    throw new ApiError(
      'ResourceConflictException',
      `The function ${known.name} belongs to the configuration: change it there.`,
    )
  }

  /**
   * Changes what there is of a name, after all changes that were asked for before. Resolves when that is on disk, where
   * functions are durable, and holds. @param step What it throws changes nothing.
   */
  change<Told>(
    name: string,
    step: (entry: FunctionEntry | undefined) => EntryChange<Told>,
  ): Promise<Told> {
    const changed = this.#lastChange.then(async () => {
      const before = this.#stored.get(name)
      const [after, told] = step(before)
      if (after === before) return told
      if (this.#parts.definitions === 'durable')
        await this.#parts.store.saveDefinitions(functionChanges(name, before, after))
      if (after) this.#stored.set(name, after)
      else this.#stored.delete(name)
      this.#parts.changed(name)
      return told
    })
    this.#lastChange = changed.catch(() => {})
    return changed
  }

  /** Forgets what does not outlive the engine. */
  close(): void {
    if (this.#parts.definitions === 'none') this.#stored.clear()
  }

  /** Folders of code that somebody may want again. */
  folders(): ReadonlySet<string> {
    const { definitions, store } = this.#parts
    // A library on the directory of a daemon leaves the daemon's functions as they are.
    const others = definitions === 'none' ? [...readStored(store).values()] : []
    return new Set([...this.#stored.values(), ...others].flatMap(foldersOf))
  }
}

function readStored(store: DefinitionStore): ReadonlyMap<string, FunctionEntry> {
  return storedFunctions({
    functions: store.definitions('function'),
    versions: store.definitions('version'),
    aliases: store.definitions('alias'),
  })
}
