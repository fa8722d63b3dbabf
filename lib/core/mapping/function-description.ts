import type { FunctionSettings } from './settings.ts'

/**
 * A function as GetFunctionConfiguration answers it; a closure has no runtime, no handler and no memory of its own.
 * `LastModified` is ISO 8601 with the zone `+0000`, as for functions on AWS. @source contract §8
 */
export type FunctionDescription = {
  readonly FunctionName: string
  readonly FunctionArn: string
  readonly Runtime?: string
  readonly Handler?: string
  /** @unit seconds */
  readonly Timeout: number
  /** Heap of a thread; more ends it. @unit MB */
  readonly MemorySize?: number
  readonly LastModified: string
  readonly Version: '$LATEST'
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> }
}

/** What `engine.functions` answers of a function. @source contract §8 */
export function describeFunction(
  settings: FunctionSettings,
  facts: { readonly name: string; readonly functionArn: string; readonly lastModified: string },
): FunctionDescription {
  const { name, functionArn, lastModified } = facts
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
  }
}
