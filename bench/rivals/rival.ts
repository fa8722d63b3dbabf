import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { LoadedTable } from '../dynamodb/loaded-table.ts'
import type { TableDrain } from '../dynamodb/table-drain.ts'
import type { Rival } from '../suite/figure.ts'

/** What users would read a table's stream with instead. */
export type TableRival = {
  readonly facts: Rival
  /**
   * Reads the stream from its beginning, whatever was read before.
   * @throws AuditFailure where a record was lost, doubled or out of order. @throws RivalMissing where it came to no end.
   */
  drain(table: LoadedTable): Promise<TableDrain>
  /** Ends what runs of it. */
  stop(): Promise<void>
}

/** A rival could not be installed or started here, or ended by itself: there is no figure, and nothing else breaks. */
export class RivalMissing extends Error {
  override readonly name = 'RivalMissing'
}

/** The version of a package that is installed beside us. */
export function installedVersion(name: string): string {
  const { resolve } = createRequire(import.meta.url)
  for (let folder = dirname(resolve(name)); ; folder = dirname(folder)) {
    const found = packageAt(folder)
    if (found?.name === name) return found.version
    if (folder === dirname(folder)) return 'unknown'
  }
}

function packageAt(
  folder: string,
): { readonly name: string; readonly version: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}
