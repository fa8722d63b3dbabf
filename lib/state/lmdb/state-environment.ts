import { existsSync, lstatSync } from 'node:fs'
import { chmod, mkdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { unseal } from '../../codec/sealed-value.ts'
import { MillraceError } from '../../core/errors.ts'
import { damaged, expectOpenable, unwritable } from '../../lmdb/environment-error.ts'
import { META_TABLE, type TableName } from './layout.ts'
import { verifyState } from './verify-state-file.ts'

/** Only the owner of the process may read it: it holds payloads. */
const DIRECTORY_MODE = 0o700
const DATABASES_MAX = 16

/** Values are sealed bytes, keys are bytes: nothing of the format is left to the library. */
type Table = Database<Buffer, Buffer>

/** An open LMDB environment and its databases. */
export type StateEnvironment = {
  /** The data directory as the user named it. */
  readonly directory: string
  /** Owner, format and totals. The owner's LMDB version is the token that guards every write. */
  readonly meta: RootDatabase<Buffer, Buffer>
  readonly tables: Readonly<Record<TableName, Table>>
}

/** Where the environment of a data directory is. */
export function statePath(directory: string): string {
  return join(directory, 'state')
}

/** Makes `<directory>/state`, mode 0700. @returns its real path. @throws MillraceError MILLRACE_DATA_UNWRITABLE */
export async function makeStateDirectory(directory: string): Promise<string> {
  const path = statePath(directory)
  try {
    await makeDirectories(path)
    const stats = lstatSync(path)
    // A link could lead the payloads to where others read them.
    if (stats.isSymbolicLink()) throw new Error(`${path} is a symbolic link`)
    if (!stats.isDirectory()) throw new Error(`${path} is not a directory`)
    await chmod(path, DIRECTORY_MODE)
    return await realpath(path)
  } catch (error) {
    throw unwritable(directory, error)
  }
}

/** Node's own recursive mkdir never ends where a directory denies what is made in it, as those of /proc do. */
async function makeDirectories(path: string): Promise<void> {
  const parent = dirname(path)
  if (parent !== path && !existsSync(parent)) await makeDirectories(parent)
  await mkdir(path, { mode: DIRECTORY_MODE }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/**
 * Opens the root database only: what says whose the rest is, and in which format.
 * @throws MillraceError MILLRACE_DATA_DAMAGED, MILLRACE_DATA_UNWRITABLE
 */
export function openMeta(directory: string, access: 'write' | 'read'): StateEnvironment['meta'] {
  const path = statePath(directory)
  expectOpenable(path, directory, verifyState)
  try {
    return open<Buffer, Buffer>({
      path,
      name: META_TABLE,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      useVersions: true,
      maxDbs: DATABASES_MAX,
      readOnly: access === 'read',
      // One transaction is under way at a time, so there is nothing to overlap: a commit is on disk when it resolves.
      overlappingSync: false,
      // Batching by event turn makes a promise nobody holds; a failed commit would reject it and end the process.
      eventTurnBatching: false,
    })
  } catch (error) {
    throw openingFailed(directory, error)
  }
}

/** Opens the other databases. For `read`, all of them must exist. */
export function openTables(directory: string, meta: StateEnvironment['meta']): StateEnvironment {
  const openTable = (name: TableName): Table => {
    const table: Table | undefined = meta.openDB<Buffer, Buffer>({
      name,
      encoding: 'binary',
      keyEncoding: 'binary',
    })
    if (table === undefined) throw damaged(directory, `the table ${name} is missing`)
    return table
  }
  return {
    directory,
    meta,
    tables: {
      shards: openTable('shards'),
      mappings: openTable('mappings'),
      failed: openTable('failed'),
      payloads: openTable('payloads'),
      purgeable: openTable('purgeable'),
      outbox: openTable('outbox'),
      redrives: openTable('redrives'),
      claims: openTable('claims'),
      definitions: openTable('definitions'),
    },
  }
}

/** Whether a data directory holds an environment. */
export function hasState(directory: string): boolean {
  return existsSync(join(statePath(directory), 'data.mdb'))
}

/**
 * The body under a key.
 * @throws MillraceError MILLRACE_DATA_DAMAGED, MILLRACE_DATA_VERSION
 */
export function bodyOf(
  sealed: Buffer,
  key: Buffer,
  expected: { readonly version: number; readonly directory: string; readonly what: string },
): Buffer {
  const { version, directory, what } = expected
  const unsealed = unseal(key, sealed)
  if (unsealed.type === 'damaged')
    throw damaged(directory, `${what} ${key.toString('utf8')}: ${unsealed.reason}`)
  if (unsealed.version !== version)
    throw MillraceError.of('MILLRACE_DATA_VERSION', {
      directory,
      actual: `${unsealed.version} of ${what} ${key.toString('utf8')}`,
      expected: version,
    })
  return unsealed.body
}

function openingFailed(directory: string, error: unknown): MillraceError {
  const reason = error instanceof Error ? error.message : String(error)
  return /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH)/.test(reason)
    ? damaged(directory, reason, error)
    : unwritable(directory, error)
}
