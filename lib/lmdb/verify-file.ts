import { expectPage, type Meta, PageDamage, PageFile } from './page-file.ts'
import { PageTree } from './page-tree.ts'

/** How often a file that changes under the check is looked at again. */
const ROUNDS_MAX = 5
const BYTES_PER_ID = 8
/** A stream may hold millions, and a start must not wait for all of them: some 0.2 s. */
const ENTRIES_MAX = 50_000

/** Looks at the trees of one snapshot of a file. @throws PageDamage */
export type FileCheck = (file: PageFile, meta: Meta) => void

/**
 * Looks for damage in an LMDB file without LMDB, which trusts its pages and would end the process.
 *
 * A file that another process writes to while it is read is not judged.
 * @returns what is damaged, or `undefined` where nothing is, also where there is no file or an empty one
 */
export function verifyFile(path: string, check: FileCheck): string | undefined {
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

/**
 * For a file with entries of any kind and no tables: the pages only, of the last entries. They are the youngest pages,
 * which a file that was cut off lacks. Values are for their readers.
 * @cost one read of each page but those of large values
 */
export function verifyEntries(file: PageFile, meta: Meta): void {
  const pages = new PageTree(file, meta)
  let count = 0
  for (const { isTree } of pages.entries(meta.main, { descending: true })) {
    expectPage(!isTree, 'an entry is a table')
    if (++count === ENTRIES_MAX) break
  }
  verifyFreeLists(pages, meta)
}

export function verifyFreeLists(pages: PageTree, meta: Meta): void {
  const freeLists = Array.from(pages.entries(meta.free, { order: 'numbers' }), (list) =>
    list.value(),
  )
  for (const list of freeLists) verifyFreeList(pages, list)
}

function verify(file: PageFile, check: FileCheck): string | undefined {
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
