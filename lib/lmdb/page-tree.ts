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
/** 4 TB: a damaged number must not ask for all the memory. */
const PAGES_MAX = 2 ** 30
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

export type Walk = {
  /** How keys compare; default `bytes`. */
  readonly order?: KeyOrder
  /** From the last entry to the first. */
  readonly descending?: boolean
}

/** What the pages above say of the keys of a page. */
type Bounds = {
  readonly order: KeyOrder
  readonly descending: boolean
  readonly from?: Buffer | undefined
  readonly below?: Buffer | undefined
}

/**
 * Walks B-trees of an LMDB file and holds every page against what LMDB may write. It never follows a page twice, so
 * it ends whatever the bytes are.
 */
export class PageTree {
  readonly #file: PageFile
  readonly #meta: Meta
  /** One byte a page: 1 = part of a tree, or free. */
  readonly #taken: Uint8Array

  constructor(file: PageFile, meta: Meta) {
    this.#file = file
    this.#meta = meta
    // Pages at the end may be free and not in the file; so many cannot be meant.
    expectPage(meta.lastPage < PAGES_MAX, `the last page is ${meta.lastPage}`)
    this.#taken = new Uint8Array(meta.lastPage + 1)
    this.#taken.fill(1, 0, META_PAGES)
  }

  /** Entries of a tree in order. Who stops early has looked at no more than they. @throws PageDamage */
  *entries(root: TreeRoot, { order = 'bytes', descending = false }: Walk = {}): Iterable<Entry> {
    expectPage(root.depth <= DEPTH_MAX, `a tree is ${root.depth} deep`)
    let count = 0
    let last: Buffer | undefined
    if (root.page !== undefined)
      for (const entry of this.#leaves(root.page, root.depth, { order, descending })) {
        const [a, b] = descending ? [entry.key, last] : [last, entry.key]
        expectPage(!a || !b || compareKeys(a, b, order) < 0, 'keys are out of order')
        last = entry.key
        count++
        yield entry
      }
    expectPage(count === root.entryCount, `${count} entries, not ${root.entryCount}`)
  }

  /** Takes a run of pages that the free list names. @throws PageDamage if one of them is in use, or free twice */
  takeFree(first: number, count: number): void {
    this.#claim(first, count)
  }

  /** After all trees and the free list: a page that none of them names belonged to a tree that a bad root hides. */
  expectAllTaken(): void {
    const lost = this.#taken.indexOf(0)
    expectPage(lost === -1, `page ${lost} is neither free nor in use`)
  }

  *#leaves(page: number, depth: number, bounds: Bounds): Iterable<Entry> {
    const bytes = this.#take(page, 1)
    const flags = bytes.readUInt16LE(18)
    expectPage(bytes.readBigUInt64LE(0) === BigInt(page), `page ${page} has another number`)
    const expected = depth > 1 ? FLAG_BRANCH : FLAG_LEAF
    expectPage(flags === expected, `page ${page} is of kind ${flags}, not ${expected}`)
    const nodes = [...this.#nodes(bytes, page)]
    const places = [...nodes.keys()]
    if (bounds.descending) places.reverse()
    if (flags === FLAG_LEAF) {
      for (const i of places) {
        const node = nodes[i]!
        const entry = this.#entry(bytes, node)
        expectWithin(entry.key, bounds)
        yield entry
      }
      return
    }
    for (const i of places) {
      const node = nodes[i]!
      const [low, middle, high] = [0, 2, 4].map((at) => bytes.readUInt16LE(node + at))
      const child = low! + middle! * 2 ** 16 + high! * 2 ** 32
      // Keys of a branch page lead the search: a bad one would hide what stands below. The first is not used.
      const next = nodes[i + 1]
      yield* this.#leaves(child, depth - 1, {
        ...bounds,
        from: i === 0 ? bounds.from : keyOf(bytes, node),
        below: next === undefined ? bounds.below : keyOf(bytes, next),
      })
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
    const key = keyOf(bytes, node)
    const start = node + NODE_HEADER_BYTES + key.length
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
    // LMDB maps the file: to read a value behind its end is the end of the process.
    this.#file.read((page + count) * this.#meta.pageBytes - 1, 1)
  }

  /** Takes pages for a tree. @returns the first of them, whole where it is the only one. */
  #take(first: number, count: number): Buffer {
    const { pageBytes, transaction } = this.#meta
    this.#claim(first, count)
    const bytes = this.#file.read(first * pageBytes, count === 1 ? pageBytes : PAGE_HEADER_BYTES)
    expectPage(bytes.readBigUInt64LE(8) <= transaction, `page ${first} is from the future`)
    return bytes
  }

  #claim(first: number, count: number): void {
    const last = first + count - 1
    const isInside = first >= META_PAGES && count >= 1 && last < this.#taken.length
    expectPage(isInside, `pages ${first}..${last} are not there`)
    for (let page = first; page <= last; page++) {
      expectPage(this.#taken[page] === 0, `page ${page} is named twice`)
      this.#taken[page] = 1
    }
  }
}

function keyOf(bytes: Buffer, node: number): Buffer {
  const start = node + NODE_HEADER_BYTES
  return bytes.subarray(start, start + bytes.readUInt16LE(node + 6))
}

function expectWithin(key: Buffer, { order, from, below }: Bounds): void {
  const isFrom = from === undefined || compareKeys(from, key, order) <= 0
  const isBelow = below === undefined || compareKeys(key, below, order) < 0
  expectPage(isFrom && isBelow, 'a key is outside the bounds of its page')
}

function compareKeys(a: Buffer, b: Buffer, order: KeyOrder): number {
  if (order === 'bytes') return Buffer.compare(a, b)
  expectPage(a.length === 8 && b.length === 8, 'a numeric key has another length')
  return Number(a.readBigInt64LE() - b.readBigInt64LE())
}
