import {
  type FunctionAlias,
  type FunctionEntry,
  withAlias,
} from '../../core/function/function-entry.ts'
import { parseRequest } from '../../core/function/function-request.ts'
import {
  functionArnOf,
  functionNotFound,
  unqualifiedTarget,
} from '../../core/function/function-target.ts'
import { revisionOf } from '../../core/function/resolve-function.ts'
import { CREATE_ALIAS_RULE, UPDATE_ALIAS_RULE } from '../../core/function/version-request-table.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { AliasDescription } from '../../core/mapping/function-description.ts'
import { type FunctionAnswers, refuseOtherRevision } from './function-answers.ts'
import type { KnownFunctions } from './known-functions.ts'

export type AliasesParts = {
  readonly known: KnownFunctions
  readonly answers: FunctionAnswers
  readonly freshId: () => string
}

/**
 * Aliases of functions, in the API's own terms. What names an alias follows it to another version between two batches.
 * @source contract §5
 */
export class FunctionAliases {
  readonly #parts: AliasesParts

  /** @internal */
  constructor(parts: AliasesParts) {
    this.#parts = parts
  }

  /** @param input Members of CreateAlias. @throws ApiError ResourceConflictException where it exists, ResourceNotFoundException */
  async create(functionName: string, input: unknown): Promise<AliasDescription> {
    const { Name, FunctionVersion: version, Description } = parseRequest(input, CREATE_ALIAS_RULE)
    return this.#change(functionName, (entry) => {
      this.#expectVersion(entry, version)
      if (entry.aliases.has(Name)) {
        const arn = functionArnOf(this.#parts.known.home, { name: entry.name, qualifier: Name })
        throw new ApiError('ResourceConflictException', `Alias already exists: ${arn}`)
      }
      const revisionId = this.#parts.freshId()
      return [Name, { version, description: Description, revisionId }]
    })
  }

  /** @throws ApiError ResourceNotFoundException */
  get(functionName: string, alias: string): AliasDescription {
    return this.#parts.answers.alias(this.#owned(functionName), alias)
  }

  /** By name. @param version Only those that point to it. @throws ApiError ResourceNotFoundException */
  list(functionName: string, version?: string): readonly AliasDescription[] {
    const { known, answers } = this.#parts
    const found = known.get({ name: unqualifiedTarget(functionName, known.home) })
    if (found.owner === 'configuration') return []
    return [...found.aliases.keys()]
      .map((name) => answers.alias(found, name))
      .filter(({ FunctionVersion }) => version === undefined || FunctionVersion === version)
  }

  /** @param input Members of UpdateAlias. @throws ApiError ResourceNotFoundException, PreconditionFailedException */
  async update(functionName: string, alias: string, input: unknown): Promise<AliasDescription> {
    const request = parseRequest(input, UPDATE_ALIAS_RULE)
    return this.#change(functionName, (entry) => {
      const before = entry.aliases.get(alias)
      if (!before) throw this.#notFound(entry.name, alias)
      refuseOtherRevision(request.RevisionId, before.revisionId)
      const { FunctionVersion: version = before.version } = request
      const { Description: description = before.description } = request
      this.#expectVersion(entry, version)
      return [alias, { version, description, revisionId: this.#parts.freshId() }]
    })
  }

  /** Mappings that name it stay, and say why they do not go on. One that is not there is as good as deleted. @throws ApiError */
  async delete(functionName: string, alias: string): Promise<void> {
    const { known } = this.#parts
    const { name } = this.#owned(functionName)
    await known.change(name, (entry) =>
      entry?.aliases.has(alias)
        ? [withAlias(entry, alias, undefined), undefined]
        : [entry, undefined],
    )
  }

  #change(
    functionName: string,
    step: (entry: FunctionEntry) => readonly [name: string, alias: FunctionAlias],
  ): Promise<AliasDescription> {
    const { known, answers } = this.#parts
    const { name } = this.#owned(functionName)
    return known.change(name, () => {
      const entry = known.owned({ name })
      const [alias, made] = step(entry)
      const after = withAlias(entry, alias, made)
      return [after, answers.alias(after, alias)]
    })
  }

  /** @throws ApiError */
  #owned(functionName: string): FunctionEntry {
    const { known } = this.#parts
    return known.owned({ name: unqualifiedTarget(functionName, known.home) })
  }

  #expectVersion(entry: FunctionEntry, version: string): void {
    if (revisionOf(entry, version)) return
    throw functionNotFound(this.#parts.known.home, { name: entry.name, qualifier: version })
  }

  #notFound(name: string, alias: string): ApiError {
    const arn = functionArnOf(this.#parts.known.home, { name, qualifier: alias })
    return new ApiError('ResourceNotFoundException', `Alias not found: ${arn}`)
  }
}
