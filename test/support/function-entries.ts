import { type FunctionRevision, newEntry } from '../../lib/core/function/function-entry.ts'
import type { EpochMs } from '../../lib/core/ids.ts'

/** `$LATEST` of a function, as it was made. */
export const REVISION: FunctionRevision = {
  runtime: 'nodejs20.x',
  handler: 'index.handler',
  timeoutSeconds: 3,
  memorySizeMegabytes: 128,
  code: { folder: 'folder-1', sha256: 'sha-1', sizeBytes: 100 },
  revisionId: 'id-0',
  programId: 'id-0',
  lastModified: 0 as EpochMs,
  role: 'arn:aws:iam::000000000000:role/any',
  description: '',
  architecture: 'x86_64',
}

/** A function without versions. */
export const ENTRY = newEntry('fn', REVISION, {})

/** Facts of the n-th change. */
export const change = (n: number) => ({ now: n as EpochMs, freshId: `id-${n}` })
