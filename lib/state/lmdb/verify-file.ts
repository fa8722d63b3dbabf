import { unseal } from '../../codec/sealed-value.ts'
import { FORMAT_KEY, META_TABLE, STATE_FORMAT, TABLES } from './layout.ts'
import {
  expectPage,
  type Meta,
  PageDamage,
  PageFile,
  TREE_ROOT_BYTES,
  treeRootOf,
} from './page-file.ts'
import { type Entry, PageTree } from './page-tree.ts'

/** How often a file that changes under the check is looked at again. */
const ROUNDS_MAX = 5
/** Bytes of LMDB's version before the values of the table `meta`. */
const VERSION_BYTES = 8
const BYTES_PER_ID = 8
const KNOWN_TABLES: ReadonlySet<string> = new Set([META_TABLE, ...TABLES])

/**
 * Looks for damage in an LMDB file without LMDB, which trusts its pages and would end the process: every page that
 * is in use, the list of free pages, and the checksum of every value but the payloads, which are verified when they
 * are read.
 *
 * A file that another process writes to while it is read is not judged.
 * @returns what is damaged, or `undefined` where nothing is, also where there is no file or an empty one
 * @cost one read of each page but those of payloads
 */
export function verifyEnvironmentFile(path: string): string | undefined {
  return verifyFile(path, verifyTrees)
}

/**
 * The same for an LMDB file with entries of any kind and no tables: the pages only. Values are for their readers.
 * @cost one read of each page but those of large values
 */
export function verifyEnvironmentPages(path: string): string | undefined {
  return verifyFile(path, verifyEntries)
}

type Check = (file: PageFile, meta: Meta) => void

function verifyFile(path: string, check: Check): string | undefined {
  let file: PageFile
  try {
    file = new PageFile(path)
  } catch {
    return undefined // LMDB will make it, or say why it cannot
  }
  try {
    return file.bytes === 0 ? undefined : verify(file, check)
  } finally {
    file.close()
  }
}

function verify(file: PageFile, check: Check): string | undefined {
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    const before = attempt(() => file.readMeta())
    if (before.damage !== undefined) return before.damage
    const { damage } = attempt(() => check(file, before.value))
    if (damage === undefined) return undefined
    const after = attempt(() => file.readMeta())
    if (after.value?.transaction === before.value.transaction) return damage
  }
  return undefined
}

type Attempt<T> =
  | { readonly value: T; readonly damage?: undefined }
  | { readonly value?: undefined; readonly damage: string }

function attempt<T>(check: () => T): Attempt<T> {
  try {
    return { value: check() }
  } catch (error) {
    if (error instanceof PageDamage) return { damage: error.message }
    throw error
  }
}

function verifyTrees(file: PageFile, meta: Meta): void {
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

function verifyEntries(file: PageFile, meta: Meta): void {
  const pages = new PageTree(file, meta)
  for (const { isTree } of pages.entries(meta.main)) expectPage(!isTree, 'an entry is a table')
  verifyFreeLists(pages, meta)
}

function verifyFreeLists(pages: PageTree, meta: Meta): void {
  const freeLists = Array.from(pages.entries(meta.free, 'numbers'), (list) => list.value())
  for (const list of freeLists) verifyFreeList(pages, list)
}

function verifyEntry(table: string, { key, isTree, value }: Entry): void {
  expectPage(!isTree, `${table} holds a table`)
  if (table === 'payloads') return // may be a gigabyte
  const sealed = value().subarray(table === META_TABLE ? VERSION_BYTES : 0)
  const isWhole = unseal(key, sealed).type === 'body'
  expectPage(isWhole, `${table} ${key.toString('utf8')}: the checksum differs`)
}

/** A count, then page numbers; a negative number is the length of the run that begins at the next one. */
function verifyFreeList(pages: PageTree, list: Buffer): void {
  expectPage(list.length >= BYTES_PER_ID, 'a list of free pages has no length')
  const count = Number(list.readBigInt64LE(0))
  const isInside = count >= 0 && (count + 1) * BYTES_PER_ID <= list.length
  expectPage(isInside, `a list of free pages has length ${count}`)
  let runPages = 1
  for (let i = 1; i <= count; i++) {
    const id = Number(list.readBigInt64LE(i * BYTES_PER_ID))
    if (id < 0) runPages = -id
    else {
      if (id > 0) pages.takeFree(id, runPages)
      runPages = 1
    }
  }
}
