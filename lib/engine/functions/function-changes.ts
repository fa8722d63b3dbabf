import {
  type FunctionEntry,
  type RevisionChange,
  withoutVersion,
  withRevision,
} from '../../core/function/function-entry.ts'
import { functionTarget, unqualifiedTarget } from '../../core/function/function-target.ts'
import { LATEST } from '../../core/function/resolve-function.ts'
import type { EpochMs } from '../../core/ids.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import type { FunctionDescription } from '../../core/mapping/function-description.ts'
import { type FunctionAnswers, refuseOtherRevision } from './function-answers.ts'
import type { KnownFunctions } from './known-functions.ts'

export type ChangesParts = {
  readonly known: KnownFunctions
  readonly answers: FunctionAnswers
  readonly now: () => EpochMs
  readonly freshId: () => string
  /** Throws once the engine has stopped. */
  readonly expectOpen: (operation: string) => void
}

/** How functions that the API owns are changed. */
export class FunctionChanges {
  readonly #parts: ChangesParts

  constructor(parts: ChangesParts) {
    this.#parts = parts
  }

  /** Name of a function that may be changed. @throws ApiError */
  ownedName(functionName: string): string {
    const { known, expectOpen } = this.#parts
    expectOpen('change a function')
    const { name, qualifier = LATEST } = functionTarget(functionName, undefined, known.home)
    known.owned({ name })
    // Versions and aliases are not changed this way.
    return qualifier === LATEST ? name : unqualifiedTarget(functionName, known.home)
  }

  /** The entry with another `$LATEST`. */
  revised(entry: FunctionEntry, change: RevisionChange): FunctionEntry {
    const { now, freshId } = this.#parts
    return withRevision(entry, change, { now: now(), freshId: freshId() })
  }

  /** @param revisionId refuses where it is another by then. @param step gives the version to be told of, where that is not `$LATEST`. */
  latest(
    name: string,
    revisionId: string | undefined,
    step: (entry: FunctionEntry) => readonly [FunctionEntry, string | undefined],
  ): Promise<FunctionDescription> {
    const { known, answers } = this.#parts
    return known.change(name, () => {
      const entry = known.owned({ name })
      refuseOtherRevision(revisionId, entry.latest.revisionId)
      const [after, version] = step(entry)
      return [after, answers.describe(after, version)]
    })
  }

  /** Deletes a function, or one version of it. @throws ApiError */
  async delete(functionName: string, qualifier: string | undefined): Promise<void> {
    const { known, expectOpen } = this.#parts
    expectOpen('delete a function')
    const { name, qualifier: version } = functionTarget(functionName, qualifier, known.home)
    known.owned({ name })
    if (version === LATEST) {
      throw new ApiError(
        'InvalidParameterValueException',
        '$LATEST version cannot be deleted without deleting the function.',
      )
    }
    await known.change(name, () => {
      const entry = known.owned({ name })
      return [version === undefined ? undefined : withoutNamed(entry, version), undefined]
    })
  }
}

/** One that is not there is as good as deleted. @throws ApiError @source Lambda API as observed */
function withoutNamed(entry: FunctionEntry, version: string): FunctionEntry {
  if (entry.aliases.has(version)) {
    throw new ApiError(
      'InvalidParameterValueException',
      'Deletion of aliases is not currently supported.',
    )
  }
  const [alias] = [...entry.aliases].find(([, { version: at }]) => at === version) ?? []
  if (alias !== undefined) {
    throw new ApiError(
      'ResourceConflictException',
      `The version ${version} cannot be deleted: the alias ${alias} points to it`,
    )
  }
  return entry.versions.has(version) ? withoutVersion(entry, version) : entry
}
