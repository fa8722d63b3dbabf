import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Found in a file of LMDB pages; ends the check. */
export class PageDamage extends Error {
  override readonly name = 'PageDamage'
}

/** @throws PageDamage unless `holds`. */
export function expectPage(holds: boolean, what: string): asserts holds {
  if (!holds) throw new PageDamage(what)
}

/** A database as LMDB describes it in a meta page or in the node that names it. */
export type TreeRoot = {
  readonly depth: number
  readonly entryCount: number
  /** Absent in an empty tree. */
  readonly page?: number
}

/** What the newer of the two meta pages says. */
export type Meta = {
  readonly pageBytes: number
  readonly transaction: bigint
  readonly lastPage: number
  readonly free: TreeRoot
  readonly main: TreeRoot
}

/** Layout of LMDB 0.9.90 as lmdb-js builds it, 64 bit, little endian. @unit bytes */
export const PAGE_HEADER_BYTES = 24
const META_MAGIC = 0xbeefc0de
const DATA_VERSION = 2
const FLAG_META = 0x08
const META_BYTES = PAGE_HEADER_BYTES + 144
export const TREE_ROOT_BYTES = 48
const NO_PAGE = 0xffff_ffff_ffff_ffffn

/** A file of LMDB pages, read without LMDB. */
export class PageFile {
  readonly #descriptor: number
  readonly bytes: number

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r')
    this.bytes = fstatSync(this.#descriptor).size
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    const count = readSync(this.#descriptor, bytes, 0, length, start)
    expectPage(count === length, `the file ends before byte ${start + length}`)
    return bytes
  }

  /**
   * The newer of the two meta pages. They have no checksum, but transactions write them in turn: a pair that is out
   * of step would bring back an older state.
   * @throws PageDamage unless both meta pages are what LMDB writes
   */
  readMeta(): Meta {
    const even = metaOf(this.read(0, META_BYTES))
    const odd = metaOf(this.read(even.pageBytes, META_BYTES))
    expectPage(even.pageBytes === odd.pageBytes, 'the meta pages differ in page size')
    const [older, newer] = even.transaction < odd.transaction ? [even, odd] : [odd, even]
    const isNew = newer.transaction === 0n
    const isInStep =
      newer.transaction - older.transaction === 1n && (newer === odd) === isOdd(newer.transaction)
    expectPage(isNew || isInStep, 'the meta pages are out of step')
    this.#expectOlder(older)
    return newer
  }

  /** The older meta page is not a newer one whose number was damaged. */
  #expectOlder({ main, pageBytes, transaction }: Meta): void {
    if (main.page === undefined) return
    const writtenBy = this.read(main.page * pageBytes, PAGE_HEADER_BYTES).readBigUInt64LE(8)
    expectPage(writtenBy <= transaction, 'a meta page is older than its root')
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

function metaOf(bytes: Buffer): Meta {
  expectPage((bytes.readUInt16LE(18) & FLAG_META) !== 0, 'a meta page is none')
  expectPage(bytes.readUInt32LE(24) === META_MAGIC, 'a meta page has another magic number')
  expectPage((bytes.readUInt32LE(28) & 0xffff) === DATA_VERSION, 'a meta page has another version')
  const pageBytes = bytes.readUInt32LE(48)
  const isPageSize = pageBytes >= 256 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0
  expectPage(isPageSize, `the page size is ${pageBytes}`)
  return {
    pageBytes,
    transaction: bytes.readBigUInt64LE(152),
    lastPage: safeNumber(bytes.readBigUInt64LE(144), 'last page'),
    free: treeRootOf(bytes.subarray(48)),
    main: treeRootOf(bytes.subarray(96)),
  }
}

/** Reads a tree's description: {@link TREE_ROOT_BYTES} bytes. */
export function treeRootOf(bytes: Buffer): TreeRoot {
  expectPage(bytes.length >= TREE_ROOT_BYTES, 'a tree is described by too few bytes')
  const page = bytes.readBigUInt64LE(40)
  return {
    depth: bytes.readUInt16LE(6),
    entryCount: safeNumber(bytes.readBigUInt64LE(32), 'entry count'),
    ...(page === NO_PAGE ? {} : { page: safeNumber(page, 'root page') }),
  }
}

function isOdd(value: bigint): boolean {
  return value % 2n === 1n
}

export function safeNumber(value: bigint, what: string): number {
  expectPage(value <= BigInt(Number.MAX_SAFE_INTEGER), `${what} ${value} is out of range`)
  return Number(value)
}
