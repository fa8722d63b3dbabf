import type { EpochMs } from '../core/ids.ts'
import { ApiError } from '../core/mapping/api-error.ts'
import { describeFunction, type FunctionDescription } from '../core/mapping/function-description.ts'
import { maybeFunctionReference } from '../core/mapping/function-name.ts'
import type { EngineConfiguration, FunctionSettings } from '../core/mapping/settings.ts'

export type CatalogueParts = {
  readonly configuration: EngineConfiguration
  /** When the engine was opened: its functions do not change after that. */
  readonly openedAt: EpochMs
  functionArn(name: string): string
}

/**
 * The functions of an engine, in the API's own terms. All of them come from the configuration; what would change them
 * while the engine lives is refused in this version. @source contract §8
 */
export class FunctionCatalogue {
  readonly #parts: CatalogueParts

  /** @internal */
  constructor(parts: CatalogueParts) {
    this.#parts = parts
  }

  /** One function. @param name In any form of AWS's: a name, or an ARN. @throws ApiError ResourceNotFoundException */
  get(name: string): FunctionDescription {
    return this.#describe(...this.#find(name))
  }

  /** In the order of the configuration. */
  list(): readonly FunctionDescription[] {
    return Array.from(this.#parts.configuration.functions, (entry) => this.#describe(...entry))
  }

  /** Refused in this version. @throws ApiError: functions are given to the engine when it is opened. */
  create(_input: unknown): never {
    throw new ApiError(
      'InvalidParameterValueException',
      'Creating a function is not supported by this version of Millrace: give it to createEngine or in the configuration.',
    )
  }

  /** Refused in this version. @throws ApiError ResourceNotFoundException; ResourceConflictException: the configuration owns it (D32). */
  update(name: string, _changes: unknown): never {
    throw this.#owned(name)
  }

  /** Refused in this version. @throws ApiError as `update`. */
  delete(name: string): never {
    throw this.#owned(name)
  }

  #owned(given: string): ApiError {
    const [name] = this.#find(given)
    return new ApiError(
      'ResourceConflictException',
      `The function ${name} belongs to the configuration: change it there.`,
    )
  }

  #find(given: string): [name: string, settings: FunctionSettings] {
    const { configuration, functionArn } = this.#parts
    const reference = maybeFunctionReference(given, configuration)
    const isOurs = reference?.type === 'named' && (reference.qualifier ?? '$LATEST') === '$LATEST'
    const settings = isOurs ? configuration.functions.get(reference.name) : undefined
    if (isOurs && settings) return [reference.name, settings]
    const arn = given.startsWith('arn:') ? given : functionArn(given)
    throw new ApiError('ResourceNotFoundException', `Function not found: ${arn}`)
  }

  #describe(name: string, settings: FunctionSettings): FunctionDescription {
    const { openedAt, functionArn } = this.#parts
    const lastModified = new Date(openedAt).toISOString().replace('Z', '+0000')
    return describeFunction(settings, { name, functionArn: functionArn(name), lastModified })
  }
}
