import { newEntry, publish } from '../core/function/function-entry.ts'
import {
  parseCreateFunction,
  parseRequest,
  parseUpdateCode,
  parseUpdateConfiguration,
} from '../core/function/function-request.ts'
import {
  expectFunctionName,
  functionTarget,
  unqualifiedTarget,
} from '../core/function/function-target.ts'
import { LATEST } from '../core/function/resolve-function.ts'
import { PUBLISH_RULE } from '../core/function/version-request-table.ts'
import type { EpochMs } from '../core/ids.ts'
import { ApiError } from '../core/mapping/api-error.ts'
import type { FunctionDescription } from '../core/mapping/function-description.ts'
import type { CodeFolders } from '../functions/code/code-folders.ts'
import { FunctionAliases } from './functions/function-aliases.ts'
import { FunctionAnswers, refuseOtherRevision } from './functions/function-answers.ts'
import { FunctionChanges } from './functions/function-changes.ts'
import { readUpload, type Upload, withCode } from './functions/function-code.ts'
import { FunctionConcurrency } from './functions/function-concurrency.ts'
import type {
  FunctionInvocations,
  InvocationResult,
  InvokeRequest,
} from './functions/function-invocations.ts'
import { FunctionTags } from './functions/function-tags.ts'
import type { KnownFunctions } from './functions/known-functions.ts'

export type CatalogueParts = {
  readonly known: KnownFunctions
  readonly codes: CodeFolders
  readonly invocations: FunctionInvocations
  /** When the engine was opened: functions of the configuration do not change after that. */
  readonly openedAt: EpochMs
  readonly now: () => EpochMs
  readonly freshId: () => string
  /** Throws once the engine has stopped. */
  readonly expectOpen: (operation: string) => void
  /** Code may be unused now. */
  readonly codeChanged: () => void
}

/** What GetFunction answers. */
export type FunctionDetails = {
  readonly Configuration: FunctionDescription
  /** Where its files are. */
  readonly Code?: { readonly RepositoryType: string; readonly Location: string }
  readonly Tags?: Readonly<Record<string, string>>
  readonly Concurrency?: { readonly ReservedConcurrentExecutions: number }
}

/**
 * The functions of an engine, in the API's own terms. Those of the configuration are owned by it: changes are refused
 * (D32). Those that are made here live as long as the engine, in a daemon as long as its data directory. New code and
 * configuration are taken up between two batches. Names are taken in any form of AWS's. @source contract §8
 */
export class FunctionCatalogue {
  readonly #parts: CatalogueParts
  readonly #answers: FunctionAnswers
  readonly #changes: FunctionChanges
  /** Names for versions, which can be pointed to others. */
  readonly aliases: FunctionAliases
  /** Limits on how many invocations run at the same time. */
  readonly concurrency: FunctionConcurrency
  readonly tags: FunctionTags

  /** @internal */
  constructor(parts: CatalogueParts) {
    this.#parts = parts
    const { known } = parts
    this.#answers = new FunctionAnswers(known.home, parts.openedAt)
    this.#changes = new FunctionChanges({ ...parts, answers: this.#answers })
    this.aliases = new FunctionAliases({ ...parts, answers: this.#answers })
    this.concurrency = new FunctionConcurrency(known)
    this.tags = new FunctionTags(known)
  }

  /** One function, at `$LATEST` or what a qualifier names. @throws ApiError ResourceNotFoundException */
  get(functionName: string, qualifier?: string): FunctionDescription {
    const { known } = this.#parts
    const target = functionTarget(functionName, qualifier, known.home)
    return this.#answers.describe(known.get(target), target.qualifier)
  }

  /** The same, and where its code is, its tags and its limit. @throws ApiError ResourceNotFoundException */
  details(functionName: string, qualifier?: string): FunctionDetails {
    const { known, codes } = this.#parts
    const { name } = functionTarget(functionName, qualifier, known.home)
    const Configuration = this.get(functionName, qualifier)
    const found = known.find(name)
    if (found?.owner !== 'api') return { Configuration }
    const { reservedConcurrency: limit, tags } = found
    const version = found.versions.get(Configuration.Version)?.revision ?? found.latest
    const Location = `file://${codes.pathOf(version.code.folder)}`
    return {
      Configuration,
      Code: { RepositoryType: 'Folder', Location },
      ...(Object.keys(tags).length > 0 ? { Tags: tags } : {}),
      ...(limit === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: limit } }),
    }
  }

  /** By name. @param which `ALL`: every version too. */
  list(which?: 'ALL'): readonly FunctionDescription[] {
    return this.#parts.known
      .all()
      .flatMap((known) =>
        which === 'ALL'
          ? this.#answers.versions(known)
          : [this.#answers.describe(known, undefined, 'listed')],
      )
  }

  /**
   * @param input Members of CreateFunction; `Code.ZipFile` as base64, or bytes.
   * @throws ApiError ResourceConflictException where it exists; InvalidParameterValueException and others with AWS's text:
   *   nothing was written then.
   */
  async create(input: unknown): Promise<FunctionDescription> {
    const { known, now, freshId } = this.#parts
    this.#parts.expectOpen('create a function')
    const wanted = parseCreateFunction(input)
    const name = unqualifiedTarget(wanted.functionName, known.home)
    expectFunctionName(name)
    const { configuration, zip, tags } = wanted
    this.#refuseExisting(name)
    const upload = await readUpload(zip, configuration.handler)
    return this.#withCode(upload, (code) =>
      known.change(name, () => {
        this.#refuseExisting(name)
        const revisionId = freshId()
        const facts = { code, lastModified: now(), revisionId, programId: revisionId }
        const made = newEntry(name, { ...configuration, ...facts }, tags)
        const [entry, version] = wanted.publish
          ? publish(made, { freshId: freshId() })
          : [made, LATEST]
        return [entry, this.#answers.describeAs(entry, { version, target: { name } })]
      }),
    )
  }

  /** @param changes Members of UpdateFunctionConfiguration; what is not given stays as it is. @throws ApiError */
  async update(functionName: string, changes: unknown): Promise<FunctionDescription> {
    const name = this.#changes.ownedName(functionName)
    const { change, revisionId } = parseUpdateConfiguration(changes)
    return this.#changes.latest(name, revisionId, (entry) => [
      this.#changes.revised(entry, change),
      undefined,
    ])
  }

  /** @param input Members of UpdateFunctionCode. With `DryRun` nothing changes. @throws ApiError */
  async updateCode(functionName: string, input: unknown): Promise<FunctionDescription> {
    const name = this.#changes.ownedName(functionName)
    const { zip, revisionId, architecture, ...wanted } = parseUpdateCode(input)
    const { known, freshId } = this.#parts
    const upload = await readUpload(zip)
    const change = architecture === undefined ? {} : { architecture }
    if (wanted.dryRun) {
      const entry = known.owned({ name })
      refuseOtherRevision(revisionId, entry.latest.revisionId)
      const {
        CodeSha256: _sha,
        CodeSize: _size,
        ...others
      } = this.#answers.describe(entry, undefined)
      const { sha256, sizeBytes } = upload.facts
      return { ...others, CodeSha256: sha256, CodeSize: sizeBytes }
    }
    return this.#withCode(upload, (code) =>
      this.#changes.latest(name, revisionId, (entry) => {
        const revised = this.#changes.revised(entry, { ...change, code })
        return wanted.publish ? publish(revised, { freshId: freshId() }) : [revised, undefined]
      }),
    )
  }

  /**
   * Deletes a function with its versions and aliases, or one version. Mappings that name it stay, and say why they do
   * not go on. @throws ApiError @source aws-semantics §1.6
   */
  async delete(functionName: string, qualifier?: string): Promise<void> {
    await this.#changes.delete(functionName, qualifier)
    this.#parts.codeChanged()
  }

  /** @param input Members of PublishVersion. @returns the version: the last one, where nothing changed since. @throws ApiError */
  async publish(functionName: string, input: unknown = {}): Promise<FunctionDescription> {
    const name = this.#changes.ownedName(functionName)
    const { CodeSha256, Description: description, RevisionId } = parseRequest(input, PUBLISH_RULE)
    return this.#changes.latest(name, RevisionId, (entry) => {
      const { sha256 } = entry.latest.code
      if (CodeSha256 !== undefined && CodeSha256 !== '' && CodeSha256 !== sha256) {
        throw new ApiError(
          'InvalidParameterValueException',
          `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        )
      }
      const described = description === undefined ? {} : { description }
      return publish(entry, { ...described, freshId: this.#parts.freshId() })
    })
  }

  /** `$LATEST` and the versions. @throws ApiError ResourceNotFoundException */
  versions(functionName: string): readonly FunctionDescription[] {
    const { known } = this.#parts
    const name = unqualifiedTarget(functionName, known.home)
    return this.#answers.versions(known.get({ name }))
  }

  /**
   * Calls a function, in the threads that batches run in. @throws ApiError ResourceNotFoundException,
   * InvalidRequestContentException, RequestTooLargeException, TooManyRequestsException
   */
  invoke(request: InvokeRequest): Promise<InvocationResult> {
    return this.#parts.invocations.invoke(request)
  }

  /** @throws ApiError ResourceConflictException */
  #refuseExisting(name: string): void {
    if (!this.#parts.known.find(name)) return
    throw new ApiError('ResourceConflictException', `Function already exist: ${name}`)
  }

  async #withCode(
    upload: Upload,
    use: Parameters<typeof withCode<FunctionDescription>>[2],
  ): Promise<FunctionDescription> {
    try {
      return await withCode(this.#parts.codes, upload, use)
    } finally {
      this.#parts.codeChanged()
    }
  }
}
