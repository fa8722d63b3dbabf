import { unseal } from '../../codec/sealed-value.ts'
import {
  expectPage,
  type Meta,
  type PageFile,
  TREE_ROOT_BYTES,
  treeRootOf,
} from '../../lmdb/page-file.ts'
import { type Entry, PageTree } from '../../lmdb/page-tree.ts'
import { verifyFreeLists } from '../../lmdb/verify-file.ts'
import { FORMAT_KEY, META_TABLE, STATE_FORMAT, TABLES } from './layout.ts'

/** Bytes of LMDB's version before the values of the table `meta`. */
const VERSION_BYTES = 8
const KNOWN_TABLES: ReadonlySet<string> = new Set([META_TABLE, ...TABLES])

/**
 * The check of a state file: every page that is in use, the list of free pages, and the checksum of every value but
 * the payloads, which are verified when they are read.
 * @throws PageDamage
 * @cost one read of each page but those of payloads
 */
export function verifyState(file: PageFile, meta: Meta): void {
  const pages = new PageTree(file, meta)
  const tables: string[] = []
  let format: string | undefined
  for (const named of pages.entries(meta.main)) {
    const table = named.key.toString('latin1').replace(/\0$/, '')
    tables.push(table)
    expectPage(named.isTree && named.valueBytes === TREE_ROOT_BYTES, `${table} is no table`)
    for (const entry of pages.entries(treeRootOf(named.value())))
      if (table === META_TABLE && entry.key.equals(FORMAT_KEY))
        format = entry.value().subarray(VERSION_BYTES).toString('latin1')
      else verifyEntry(table, entry)
  }
  // LMDB makes a table that it does not find: one whose name is damaged would be empty. Another format may have more.
  if (format === undefined || format === String(STATE_FORMAT))
    for (const table of tables) expectPage(KNOWN_TABLES.has(table), `${table} is no table of ours`)
  verifyFreeLists(pages, meta)
  pages.expectAllTaken()
}

function verifyEntry(table: string, { key, isTree, value }: Entry): void {
  expectPage(!isTree, `${table} holds a table`)
  if (table === 'payloads') return // may be a gigabyte
  const sealed = value().subarray(table === META_TABLE ? VERSION_BYTES : 0)
  const isWhole = unseal(key, sealed).type === 'body'
  expectPage(isWhole, `${table} ${key.toString('utf8')}: the checksum differs`)
}
