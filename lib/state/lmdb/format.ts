import { MillraceError } from '../../core/errors.ts'
import { damaged } from '../../lmdb/environment-error.ts'
import { FORMAT_KEY, STATE_FORMAT } from './layout.ts'
import type { StateEnvironment } from './state-environment.ts'

/** Rewrites the data from the format of its index in {@link MIGRATIONS} to the next one, in one transaction. */
export type Migration = (meta: StateEnvironment['meta']) => void

/** By the format that a migration starts from. Formats 2 and 3 have tables more, which are made when they are opened. */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map([
  [1, () => {}],
  [2, () => {}],
])

/**
 * Brings the data to {@link STATE_FORMAT}. Must run inside a write transaction, before anything else is written.
 * @throws MillraceError MILLRACE_DATA_VERSION for a newer format, or an older one that nothing leads from
 */
export function migrate(
  meta: StateEnvironment['meta'],
  directory: string,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
): void {
  const found = formatOf(meta, directory)
  if (found === STATE_FORMAT) return
  for (let format = found ?? STATE_FORMAT; format !== STATE_FORMAT; format++) {
    const migration = migrations.get(format)
    if (migration === undefined) throw wrongFormat(directory, format)
    migration(meta)
  }
  meta.put(FORMAT_KEY, Buffer.from(String(STATE_FORMAT)))
}

/** @throws MillraceError MILLRACE_DATA_VERSION unless the data has {@link STATE_FORMAT}: a reader changes nothing. */
export function verifyFormat(meta: StateEnvironment['meta'], directory: string): void {
  const found = formatOf(meta, directory)
  if (found === undefined) throw damaged(directory, 'the format is missing')
  if (found !== STATE_FORMAT) throw wrongFormat(directory, found)
}

/** `undefined` in an environment that was just made. */
function formatOf(meta: StateEnvironment['meta'], directory: string): number | undefined {
  const text = meta.getBinary(FORMAT_KEY)?.toString('latin1')
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw damaged(directory, 'the format is not a number')
  return Number(text)
}

function wrongFormat(directory: string, actual: number): MillraceError {
  return MillraceError.of('MILLRACE_DATA_VERSION', { directory, actual, expected: STATE_FORMAT })
}
