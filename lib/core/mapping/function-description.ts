import type { FunctionRevision } from '../function/function-entry.ts'
import type { FunctionSettings } from './settings.ts'

/**
 * A function as GetFunctionConfiguration answers it, members as AWS has them. One of the configuration has no code of its
 * own, no role and no revisions; a closure no runtime, no handler and no memory either. `LastModified` is ISO 8601 with
 * the zone `+0000`, as for functions on AWS. @source contract §8
 */
export type FunctionDescription = {
  readonly FunctionName: string
  readonly FunctionArn: string
  readonly Runtime?: string
  readonly Role?: string
  readonly Handler?: string
  /** Of the zip. @unit bytes */
  readonly CodeSize?: number
  readonly Description?: string
  /** @unit seconds */
  readonly Timeout: number
  /** Heap of a thread; more ends it. @unit MB */
  readonly MemorySize?: number
  readonly LastModified: string
  /** Of the zip, in base64. */
  readonly CodeSha256?: string
  /** `$LATEST`, or the number of a version. */
  readonly Version: string
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> }
  readonly TracingConfig?: { readonly Mode: 'PassThrough' }
  readonly RevisionId?: string
  /** Absent in lists. */
  readonly State?: 'Active'
  /** Absent in lists. */
  readonly LastUpdateStatus?: 'Successful'
  readonly PackageType: 'Zip'
  readonly Architectures?: readonly string[]
  readonly EphemeralStorage?: { readonly Size: number }
  readonly SnapStart?: { readonly ApplyOn: 'None'; readonly OptimizationStatus: 'Off' }
  readonly LoggingConfig?: { readonly LogFormat: 'Text'; readonly LogGroup: string }
}

type Facts = {
  readonly name: string
  readonly functionArn: string
  /** Lists leave out what they would have to look up. */
  readonly form: 'single' | 'listed'
}

const READY = { State: 'Active', LastUpdateStatus: 'Successful' } as const

/** A function of the configuration. @source contract §8 */
export function describeFunction(
  settings: FunctionSettings,
  facts: Facts & { readonly lastModified: string },
): FunctionDescription {
  const { name, functionArn, lastModified, form } = facts
  const isModule = settings.type === 'module'
  return {
    FunctionName: name,
    FunctionArn: functionArn,
    ...(isModule ? { Runtime: settings.runtime, Handler: settings.handler } : {}),
    Timeout: settings.timeoutSeconds,
    ...(isModule ? { MemorySize: settings.memorySizeMegabytes } : {}),
    LastModified: lastModified,
    Version: '$LATEST',
    ...(isModule ? { Environment: { Variables: { ...settings.environment } } } : {}),
    ...(form === 'single' ? READY : {}),
    PackageType: 'Zip',
  }
}

/** A function that was made over the API, at `$LATEST` or a version. @source Lambda API as observed */
export function describeRevision(
  revision: FunctionRevision,
  facts: Facts & { readonly version: string; readonly lastModified: string },
): FunctionDescription {
  const { name, functionArn, version, lastModified, form } = facts
  const { environment } = revision
  return {
    FunctionName: name,
    FunctionArn: functionArn,
    Runtime: revision.runtime,
    Role: revision.role,
    Handler: revision.handler,
    CodeSize: revision.code.sizeBytes,
    Description: revision.description,
    Timeout: revision.timeoutSeconds,
    MemorySize: revision.memorySizeMegabytes,
    LastModified: lastModified,
    CodeSha256: revision.code.sha256,
    Version: version,
    ...(environment ? { Environment: { Variables: { ...environment } } } : {}),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: revision.revisionId,
    ...(form === 'single' ? READY : {}),
    PackageType: 'Zip',
    Architectures: [revision.architecture],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
  }
}

/** An alias as the API answers it. @source Lambda API as observed */
export type AliasDescription = {
  readonly AliasArn: string
  readonly Name: string
  readonly FunctionVersion: string
  readonly Description: string
  readonly RevisionId: string
}
