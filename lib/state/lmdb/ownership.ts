import { randomInt } from 'node:crypto'
import { pack, unpack } from '../../codec/message-pack.ts'
import { seal, unseal } from '../../codec/sealed-value.ts'
import { MillraceError } from '../../core/errors.ts'
import { damaged } from '../../lmdb/environment-error.ts'
import { processStart } from './process-identity.ts'
import type { StateEnvironment } from './state-environment.ts'

/** Present exactly while an engine runs on the data, or since one ended without closing it. */
export const OWNER_KEY = Buffer.from('owner')
const OWNER_VERSION = 1
/** Tokens are LMDB versions, which are doubles. */
const TOKEN_MAX = 2 ** 48 - 1

type Owner = { readonly pid: number; readonly start: string }

/** The right to write, as long as nobody takes it: `token` is compared inside every write transaction (D41, I11). */
export type Ownership = {
  readonly token: number
  /** The last owner ended without giving the data back (D15). */
  readonly uncleanStart: boolean
}

/**
 * Takes the data for this process. Must run inside a write transaction. The caller has made sure that this process
 * has not opened the data before, so a record of this process itself is of a store whose closing failed.
 * @throws MillraceError MILLRACE_DATA_IN_USE while its owner lives
 */
export function takeOwnership(meta: StateEnvironment['meta'], directory: string): Ownership {
  const owner = ownerOf(meta, directory)
  if (owner !== undefined && owner.pid !== process.pid && processStart(owner.pid) === owner.start)
    throw MillraceError.of('MILLRACE_DATA_IN_USE', { directory, pid: owner.pid })
  const token = randomInt(1, TOKEN_MAX)
  const own: Owner = { pid: process.pid, start: processStart(process.pid) ?? 'unknown' }
  meta.put(OWNER_KEY, seal(OWNER_KEY, OWNER_VERSION, pack(own)), token)
  return { token, uncleanStart: owner !== undefined }
}

/** Who has the data now, for people: looked at, never taken. */
export type OwnerView =
  | { readonly state: 'running'; readonly pid: number }
  /** The last owner gave it back. */
  | { readonly state: 'none' }
  /** The last owner ended without that: a kill, a crash. */
  | { readonly state: 'gone' }

/** Whose the data is. @throws MillraceError MILLRACE_DATA_DAMAGED */
export function viewOwner(meta: StateEnvironment['meta'], directory: string): OwnerView {
  const owner = ownerOf(meta, directory)
  if (owner === undefined) return { state: 'none' }
  const { pid, start } = owner
  return processStart(pid) === start ? { state: 'running', pid } : { state: 'gone' }
}

/** Gives the data back without calling it clean: the next owner starts as after a crash (D15). Inside a transaction. */
export function leaveInDoubt(meta: StateEnvironment['meta']): void {
  const nobody: Owner = { pid: 0, start: 'ended' }
  meta.put(OWNER_KEY, seal(OWNER_KEY, OWNER_VERSION, pack(nobody)), randomInt(1, TOKEN_MAX))
}

function ownerOf(meta: StateEnvironment['meta'], directory: string): Owner | undefined {
  const sealed = meta.getBinary(OWNER_KEY)
  if (sealed === undefined) return undefined
  const unsealed = unseal(OWNER_KEY, sealed)
  if (unsealed.type === 'damaged') throw damaged(directory, `owner record: ${unsealed.reason}`)
  return unpack(unsealed.body) as Owner
}
