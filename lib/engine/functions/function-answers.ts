import type { FunctionEntry, KnownFunction } from '../../core/function/function-entry.ts'
import {
  type FunctionTarget,
  functionArnOf,
  functionNotFound,
  type Home,
} from '../../core/function/function-target.ts'
import { LATEST, revisionOf, versionOf } from '../../core/function/resolve-function.ts'
import type { EpochMs } from '../../core/ids.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import {
  type AliasDescription,
  describeFunction,
  describeRevision,
  type FunctionDescription,
} from '../../core/mapping/function-description.ts'

/** How functions are told of. */
export class FunctionAnswers {
  readonly #home: Home
  readonly #openedAt: EpochMs

  /** @param openedAt when the engine was opened: since then functions of the configuration are as they are. */
  constructor(home: Home, openedAt: EpochMs) {
    this.#home = home
    this.#openedAt = openedAt
  }

  /** What a qualifier means, under the ARN that it was asked for by. @throws ApiError ResourceNotFoundException */
  describe(
    known: KnownFunction,
    qualifier: string | undefined,
    form: 'single' | 'listed' = 'single',
  ): FunctionDescription {
    const { name } = known
    const version = versionOf(known, qualifier)
    const target = qualifier === undefined ? { name } : { name, qualifier }
    if (version === undefined) throw functionNotFound(this.#home, target)
    return this.describeAs(known, { version, target, form })
  }

  /** A version, under the ARN of a target. */
  describeAs(
    known: KnownFunction,
    as: {
      readonly version: string
      readonly target: FunctionTarget
      readonly form?: 'single' | 'listed'
    },
  ): FunctionDescription {
    const { version, target, form = 'single' } = as
    const facts = { name: known.name, functionArn: functionArnOf(this.#home, target), form }
    if (known.owner === 'configuration') {
      const lastModified = lambdaTime(this.#openedAt)
      return describeFunction(known.settings, { ...facts, lastModified })
    }
    const revision = revisionOf(known, version)
    if (!revision) throw functionNotFound(this.#home, target)
    const lastModified = lambdaTime(revision.lastModified)
    return describeRevision(revision, { ...facts, version, lastModified })
  }

  /** `$LATEST` and all versions, each under its own ARN. */
  versions(known: KnownFunction): readonly FunctionDescription[] {
    const numbers = known.owner === 'api' ? [...known.versions.keys()] : []
    return [LATEST, ...numbers].map((version) => this.describe(known, version, 'listed'))
  }

  /** @throws ApiError ResourceNotFoundException */
  alias(entry: FunctionEntry, name: string): AliasDescription {
    const alias = entry.aliases.get(name)
    const arn = functionArnOf(this.#home, { name: entry.name, qualifier: name })
    if (!alias) throw new ApiError('ResourceNotFoundException', `Cannot find alias arn: ${arn}`)
    return {
      AliasArn: arn,
      Name: name,
      FunctionVersion: alias.version,
      Description: alias.description,
      RevisionId: alias.revisionId,
    }
  }
}

/** As Lambda writes times of functions. */
const lambdaTime = (time: EpochMs): string => new Date(time).toISOString().replace('Z', '+0000')

/** @param given what the caller believes it to be, if it says. @throws ApiError PreconditionFailedException */
export function refuseOtherRevision(given: string | undefined, actual: string): void {
  if (given === undefined || given === actual) return
  throw new ApiError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  )
}
