import type { Test } from 'tap'
import { MillraceError } from '../../lib/core/errors.ts'
import { type LoadRequest, loadConfiguration } from '../../lib/settings/load-configuration.ts'

/** A configuration file that is right. */
export const GOOD = `Streams:
  orders: { ShardCount: 4 }
Functions:
  on-order:
    Runtime: nodejs20.x
    CodeUri: ./handlers
    Handler: on-order.handler
    Environment: { Variables: { TOKEN: s3cret } }
Mappings:
  - Stream: orders
    FunctionName: on-order
    StartingPosition: TRIM_HORIZON
    BatchSize: 7
    DestinationConfig: { OnFailure: { Destination: file:./failed.ndjson } }
`

export function folder(t: Test, files: Readonly<Record<string, string>>): string {
  return t.testdir(files)
}

export function load(workingDirectory: string, request: Partial<LoadRequest> = {}) {
  return loadConfiguration({
    workingDirectory,
    environment: {},
    flags: {},
    whenMissing: 'refuse',
    ...request,
  })
}

/** What is wrong with a file of this text. */
export async function failure(text: string, t: Test): Promise<MillraceError> {
  try {
    await load(folder(t, { 'millrace.yaml': text }))
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('was accepted')
}
