import { parseRequest } from '../../core/function/function-request.ts'
import { functionNotFound, unqualifiedTarget } from '../../core/function/function-target.ts'
import { LATEST } from '../../core/function/resolve-function.ts'
import { CONCURRENCY_RULE } from '../../core/function/version-request-table.ts'
import { RESERVED_CONCURRENCY_MAX, UNRESERVED_CONCURRENCY_MIN } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { KnownFunctions } from './known-functions.ts'

/** What GetFunctionConcurrency answers; empty where there is no limit. */
export type ConcurrencyDescription = { readonly ReservedConcurrentExecutions?: number }

/**
 * How many invocations of a function may run at the same time, of all its versions together: those of mappings and those
 * that programs ask for. With 0 none runs; batches wait, and no attempt is spent. @source aws-semantics §4.1
 */
export class FunctionConcurrency {
  readonly #known: KnownFunctions

  /** @internal */
  constructor(known: KnownFunctions) {
    this.#known = known
  }

  /** @throws ApiError ResourceNotFoundException */
  get(functionName: string): ConcurrencyDescription {
    const name = unqualifiedTarget(functionName, this.#known.home)
    const known = this.#known.get({ name })
    const limit = known.owner === 'api' ? known.reservedConcurrency : undefined
    return limit === undefined ? {} : { ReservedConcurrentExecutions: limit }
  }

  /** @param input Members of PutFunctionConcurrency. @throws ApiError */
  async put(functionName: string, input: unknown): Promise<ConcurrencyDescription> {
    const name = unqualifiedTarget(functionName, this.#known.home)
    if (!this.#known.find(name))
      throw functionNotFound(this.#known.home, { name, qualifier: LATEST })
    const { ReservedConcurrentExecutions } = parseRequest(input, CONCURRENCY_RULE)
    if (ReservedConcurrentExecutions > RESERVED_CONCURRENCY_MAX) {
      throw new ApiError(
        'InvalidParameterValueException',
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_CONCURRENCY_MIN}].`,
      )
    }
    return this.#known.change(name, () => {
      const entry = this.#known.owned({ name })
      const after = { ...entry, reservedConcurrency: ReservedConcurrentExecutions }
      return [after, { ReservedConcurrentExecutions }]
    })
  }

  /** No limit any more. @throws ApiError ResourceNotFoundException */
  async delete(functionName: string): Promise<void> {
    const name = unqualifiedTarget(functionName, this.#known.home)
    await this.#known.change(name, () => {
      const { reservedConcurrency: _gone, ...entry } = this.#known.owned({ name })
      return [entry, undefined]
    })
  }
}
