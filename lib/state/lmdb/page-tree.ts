import {
  expectPage,
  type Meta,
  PAGE_HEADER_BYTES,
  type PageFile,
  safeNumber,
  type TreeRoot,
} from './page-file.ts'

const FLAG_BRANCH = 0x01
const FLAG_LEAF = 0x02
const FLAG_OVERFLOW = 0x04
/** Value on pages of its own. */
const NODE_OVERFLOW = 0x01
const NODE_TREE = 0x02
const NODE_FLAGS_KNOWN = NODE_OVERFLOW | NODE_TREE
const NODE_HEADER_BYTES = 8
const META_PAGES = 2
/** LMDB's own limit for cursors. */
const DEPTH_MAX = 32

/** An entry of a tree. `value` reads the bytes, which may stand on other pages. */
export type Entry = {
  readonly key: Buffer
  readonly isTree: boolean
  readonly valueBytes: number
  value(): Buffer
}

export type KeyOrder = 'bytes' | 'numbers'

/**
 * Walks B-trees of an LMDB file and holds every page against what LMDB may write. It never follows a page twice, so
 * it ends whatever the bytes are.
 */
export class PageTree {
  readonly #file: PageFile
  readonly #meta: Meta
  /** One byte a page: 1 = in use by a tree. */
  readonly #used: Uint8Array

  constructor(file: PageFile, meta: Meta) {
    this.#file = file
    this.#meta = meta
    const pagesMax = Math.ceil(file.bytes / meta.pageBytes)
    this.#used = new Uint8Array(pagesMax)
    this.#used.fill(1, 0, META_PAGES)
  }

  /** Entries of a tree in order. @throws PageDamage */
  *entries(root: TreeRoot, order: KeyOrder = 'bytes'): Iterable<Entry> {
    expectPage(root.depth <= DEPTH_MAX, `a tree is ${root.depth} deep`)
    let count = 0
    let last: Buffer | undefined
    if (root.page !== undefined)
      for (const entry of this.#leaves(root.page, root.depth)) {
        const isAscending = last === undefined || compareKeys(last, entry.key, order) < 0
        expectPage(isAscending, 'keys are out of order')
        last = entry.key
        count++
        yield entry
      }
    expectPage(count === root.entryCount, `${count} entries, not ${root.entryCount}`)
  }

  /** Holds a page of the free list against what is in use. @throws PageDamage */
  expectFree(first: number, count: number): void {
    const last = first + count - 1
    const isInside = first >= META_PAGES && count >= 1 && last <= this.#meta.lastPage
    expectPage(isInside, `free pages ${first}..${last} are none of this file`)
    for (let page = first; page <= last && page < this.#used.length; page++)
      expectPage(this.#used[page] === 0, `page ${page} is free and in use`)
  }

  *#leaves(page: number, depth: number): Iterable<Entry> {
    const bytes = this.#take(page, 1)
    const flags = bytes.readUInt16LE(18)
    expectPage(bytes.readBigUInt64LE(0) === BigInt(page), `page ${page} has another number`)
    const expected = depth > 1 ? FLAG_BRANCH : FLAG_LEAF
    expectPage(flags === expected, `page ${page} is of kind ${flags}, not ${expected}`)
    for (const node of this.#nodes(bytes, page)) {
      if (flags === FLAG_LEAF) {
        yield this.#entry(bytes, node)
        continue
      }
      const [low, high, top] = [0, 2, 4].map((at) => bytes.readUInt16LE(node + at))
      yield* this.#leaves(low! + high! * 2 ** 16 + top! * 2 ** 32, depth - 1)
    }
  }

  /** Starts of the nodes of a page. */
  *#nodes(bytes: Buffer, page: number): Iterable<number> {
    const lower = bytes.readUInt16LE(20)
    const upper = bytes.readUInt16LE(22)
    const roomBytes = bytes.length - PAGE_HEADER_BYTES
    const isOrdered = lower % 2 === 0 && lower >= 2 && lower <= upper && upper <= roomBytes
    expectPage(isOrdered, `page ${page} has bounds ${lower} and ${upper}`)
    for (let at = PAGE_HEADER_BYTES; at < PAGE_HEADER_BYTES + lower; at += 2) {
      const offset = bytes.readUInt16LE(at)
      const isInside = offset >= upper && offset + NODE_HEADER_BYTES <= roomBytes
      expectPage(isInside, `page ${page} has a node at ${offset}`)
      const node = PAGE_HEADER_BYTES + offset
      const end = node + NODE_HEADER_BYTES + bytes.readUInt16LE(node + 6)
      expectPage(end <= bytes.length, `page ${page} has a key that passes its end`)
      yield node
    }
  }

  #entry(bytes: Buffer, node: number): Entry {
    const valueBytes = bytes.readUInt16LE(node) + bytes.readUInt16LE(node + 2) * 2 ** 16
    const flags = bytes.readUInt16LE(node + 4)
    expectPage((flags & ~NODE_FLAGS_KNOWN) === 0, `a node has flags ${flags}`)
    const start = node + NODE_HEADER_BYTES + bytes.readUInt16LE(node + 6)
    const key = bytes.subarray(node + NODE_HEADER_BYTES, start)
    const isTree = (flags & NODE_TREE) !== 0
    if ((flags & NODE_OVERFLOW) !== 0) {
      expectPage(start + 8 <= bytes.length, 'a node passes the end of its page')
      const page = safeNumber(bytes.readBigUInt64LE(start), 'overflow page')
      this.#takeOverflow(page, valueBytes)
      const value = () =>
        this.#file.read(page * this.#meta.pageBytes + PAGE_HEADER_BYTES, valueBytes)
      return { key, isTree, valueBytes, value }
    }
    const end = start + valueBytes
    expectPage(end <= bytes.length, 'a value passes the end of its page')
    return { key, isTree, valueBytes, value: () => bytes.subarray(start, end) }
  }

  #takeOverflow(page: number, valueBytes: number): void {
    const count = Math.ceil((valueBytes + PAGE_HEADER_BYTES) / this.#meta.pageBytes)
    const bytes = this.#take(page, count)
    expectPage(bytes.readUInt16LE(18) === FLAG_OVERFLOW, `page ${page} holds no value`)
    expectPage(bytes.readUInt32LE(20) === count, `page ${page} begins another value`)
  }

  /** Marks pages as used. @returns the first of them, whole where it is the only one. */
  #take(first: number, count: number): Buffer {
    const { lastPage, pageBytes, transaction } = this.#meta
    const last = first + count - 1
    expectPage(first >= META_PAGES && last <= lastPage, `pages ${first}..${last} are not there`)
    expectPage(last < this.#used.length, `the file ends before page ${last}`)
    for (let page = first; page <= last; page++) {
      expectPage(this.#used[page] === 0, `page ${page} is in use twice`)
      this.#used[page] = 1
    }
    const bytes = this.#file.read(first * pageBytes, count === 1 ? pageBytes : PAGE_HEADER_BYTES)
    expectPage(bytes.readBigUInt64LE(8) <= transaction, `page ${first} is from the future`)
    return bytes
  }
}

function compareKeys(a: Buffer, b: Buffer, order: KeyOrder): number {
  if (order === 'bytes') return Buffer.compare(a, b)
  expectPage(a.length === 8 && b.length === 8, 'a numeric key has another length')
  return a.readBigUInt64LE() < b.readBigUInt64LE() ? -1 : 1
}
