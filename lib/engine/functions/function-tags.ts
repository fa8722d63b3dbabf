import { unqualifiedTarget } from '../../core/function/function-target.ts'
import { type Tags, toTags } from '../../core/mapping/tags.ts'
import type { KnownFunctions } from './known-functions.ts'

/** Tags of functions. A function of the configuration has none. @source aws-semantics §1.1 */
export class FunctionTags {
  readonly #known: KnownFunctions

  /** @internal */
  constructor(known: KnownFunctions) {
    this.#known = known
  }

  /** @throws ApiError ResourceNotFoundException */
  get(functionName: string): Tags {
    const known = this.#known.get({ name: this.#nameOf(functionName) })
    return known.owner === 'api' ? known.tags : {}
  }

  /** Adds tags, or changes their values. @param tags checked by the rule of tags. @throws ApiError */
  async add(functionName: string, tags: ReadonlyMap<string, string>): Promise<void> {
    await this.#change(functionName, (before) => new Map([...before, ...tags]))
  }

  /** Takes tags away, where they are there. @throws ApiError */
  async remove(functionName: string, keys: readonly string[]): Promise<void> {
    const gone = new Set(keys)
    await this.#change(
      functionName,
      (before) => new Map([...before].filter(([key]) => !gone.has(key))),
    )
  }

  #change(
    functionName: string,
    step: (tags: readonly (readonly [string, string])[]) => ReadonlyMap<string, string>,
  ): Promise<void> {
    const name = this.#nameOf(functionName)
    return this.#known.change(name, () => {
      const entry = this.#known.owned({ name })
      return [{ ...entry, tags: toTags(step(Object.entries(entry.tags))) }, undefined]
    })
  }

  #nameOf(functionName: string): string {
    return unqualifiedTarget(functionName, this.#known.home)
  }
}
