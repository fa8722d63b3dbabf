// hot path: bench/micro/filter
import { BEHIND_LIST, type FieldTexts } from '../../core/filter/field-tree.ts'
import { ATTRIBUTE_TYPES, type Structure } from './structure-table.ts'

/** Names of a structure, by id. It may grow. */
export type Structures = readonly Structure[]

const MAP_TINY = 0x80
const LIST_TINY = 0x90
const FIXSTR = 0xa0
const NIL = 0xc0
const FALSE = 0xc2
const TRUE = 0xc3
const FLOAT64 = 0xcb
const UINT32 = 0xce
const STR8 = 0xd9
const STR16 = 0xda
const STR32 = 0xdb
const LIST16 = 0xdc
const LIST32 = 0xdd
const MAP16 = 0xde
const MAP32 = 0xdf
const STRUCTURE = 0x40
const STRUCTURE_TWO_BYTES = 0x60
/** The first shared structures are those of attribute values, with one name each. */
const ATTRIBUTES_END = STRUCTURE + ATTRIBUTE_TYPES.length
/** Up to here a loop in JavaScript beats a native call. @unit bytes @source measured */
const SHORT_MAX = 12

/** The bytes are not as `BodyWriter` writes them. Caught by whoever drives the cursor. */
export class OddBodyError extends Error {
  override readonly name = 'OddBodyError'
}

/** Texts to tell apart, and the bytes that they have. */
export type BodyTexts = {
  readonly known: readonly { readonly bytes: Uint8Array; readonly text: string }[]
  readonly other: string
}

export function bodyTextsOf({ known, other }: FieldTexts): BodyTexts {
  return { known: known.map((text) => ({ bytes: Buffer.from(text), text })), other }
}

/** Walks over the values of a body, as `BodyWriter` writes them, without building those that are passed. */
export class BodyCursor {
  at = 0
  #bytes: Buffer = Buffer.alloc(0)
  #given: Uint8Array = this.#bytes
  readonly #structures: Structures

  constructor(structures: Structures) {
    this.#structures = structures
  }

  begin(bytes: Uint8Array, at: number): void {
    this.at = at
    if (bytes === this.#given) return
    this.#given = bytes
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Passes so many values. @throws OddBodyError */
  pass(count: number): void {
    const bytes = this.#bytes
    let at = this.at
    let left = count
    while (left > 0) {
      const token = bytes[at++]!
      // `{"S":…}` and its like: one value for another.
      if (token >= STRUCTURE && token < ATTRIBUTES_END) continue
      left--
      if (token >= FIXSTR && token < NIL) at += token - FIXSTR
      else if (token < STRUCTURE) continue
      else if (token < STRUCTURE_TWO_BYTES) left += this.namesOf(token - STRUCTURE).length
      else if (token < MAP_TINY) {
        left += this.namesOf(token - STRUCTURE + (bytes[at++]! << 5)).length
      } else if (token < LIST_TINY) left += 2 * (token - MAP_TINY)
      else if (token < FIXSTR) left += token - LIST_TINY
      else {
        left += this.#skipRare(at - 1)
        at = this.at
      }
    }
    this.at = at
  }

  /** Enters an object of a shared structure. @returns its id, or -1 without moving, where something else stands here. */
  enterStructure(): number {
    const token = this.#bytes[this.at]!
    if (token < STRUCTURE || token >= MAP_TINY) return -1
    this.at++
    const id = token - STRUCTURE
    return token < STRUCTURE_TWO_BYTES ? id : id + (this.#bytes[this.at++]! << 5)
  }

  /** Names of a structure. @throws OddBodyError where it is not known. */
  namesOf(id: number): Structure {
    const names = this.#structures[id]
    if (names === undefined) throw new OddBodyError(`structure ${id} is not known`)
    return names
  }

  /** Enters a map. @returns the number of its pairs, or -1 without moving, where something else stands here. */
  enterMap(): number {
    return this.#enter(MAP_TINY, MAP16)
  }

  isAtList(): boolean {
    const token = this.#bytes[this.at]!
    return (token >= LIST_TINY && token < FIXSTR) || token === LIST16 || token === LIST32
  }

  /** Enters a list. @returns its length, or -1 without moving, where something else stands here. */
  enterList(): number {
    return this.#enter(LIST_TINY, LIST16)
  }

  /** @throws OddBodyError where no text stands here. */
  readText(): string {
    const value = this.readScalar()
    if (typeof value !== 'string') throw new OddBodyError('no text where one belongs')
    return value
  }

  /** The scalar that stands here, a text as one of `texts`; `undefined` without moving where an object or a list does. @throws OddBodyError */
  readScalar(texts?: BodyTexts): string | number | boolean | null | undefined {
    const token = this.#bytes[this.at]!
    if (token >= FIXSTR && token < NIL) return this.#text(1, token - FIXSTR, texts)
    if (token < STRUCTURE) {
      this.at++
      return token
    }
    switch (token) {
      case NIL:
        this.at++
        return null
      case FALSE:
      case TRUE:
        this.at++
        return token === TRUE
      case UINT32:
        return this.#bytes.readUInt32BE(this.#take(5) + 1)
      case FLOAT64:
        return this.#bytes.readDoubleBE(this.#take(9) + 1)
      case STR8:
      case STR16:
      case STR32:
        return this.#text(headBytes(token - STR8), this.#size(this.at, token - STR8), texts)
      default:
        return undefined
    }
  }

  /** A list of scalars, {@link BEHIND_LIST} for any other; `undefined` without moving where no list stands here. */
  readScalars(texts?: BodyTexts): readonly unknown[] | typeof BEHIND_LIST | undefined {
    const count = this.enterList()
    if (count < 0) return undefined
    const list: unknown[] = []
    for (let i = 0; i < count; i++) {
      const value = this.readScalar(texts)
      if (value === undefined) {
        this.pass(count - i)
        return BEHIND_LIST
      }
      list.push(value)
    }
    return list
  }

  #text(head: number, size: number, texts: BodyTexts | undefined): string {
    const start = this.#take(head + size) + head
    if (texts === undefined) return this.#anyText(start, start + size)
    const { known } = texts
    for (let i = 0; i < known.length; i++) {
      const { bytes, text } = known[i]!
      if (bytes.length === size && this.#holds(bytes, start)) return text
    }
    return texts.other
  }

  #anyText(start: number, end: number): string {
    const bytes = this.#bytes
    let text = ''
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!
      if (byte > 0x7f || end > start + SHORT_MAX) return bytes.toString('utf8', start, end)
      text += String.fromCharCode(byte)
    }
    return text
  }

  #holds(wanted: Uint8Array, start: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false
    return true
  }

  /** @returns where it stood. */
  #take(count: number): number {
    const { at } = this
    if (at + count > this.#bytes.length) throw new OddBodyError('a value without end')
    this.at = at + count
    return at
  }

  #enter(tiny: number, wide: number): number {
    const token = this.#bytes[this.at]!
    if (token >= tiny && token < tiny + 16) {
      this.at++
      return token - tiny
    }
    if (token !== wide && token !== wide + 1) return -1
    const width = token - wide + 1
    const count = this.#size(this.at, width)
    this.at += headBytes(width)
    return count
  }

  /** The size behind the token at `at`, of 1, 2 or 4 bytes: 2 to the power of `width`. */
  #size(at: number, width: number): number {
    const bytes = this.#bytes
    if (width === 0) return bytes[at + 1]!
    if (width === 1) return (bytes[at + 1]! << 8) | bytes[at + 2]!
    return (
      ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!) >>>
      0
    )
  }

  /** Passes the value at `at`, or its head where others are inside. @returns how many are inside. */
  #skipRare(at: number): number {
    const token = this.#bytes[at]!
    switch (token) {
      case NIL:
      case FALSE:
      case TRUE:
        this.at = at + 1
        return 0
      case UINT32:
        this.at = at + 5
        return 0
      case FLOAT64:
        this.at = at + 9
        return 0
      case STR8:
      case STR16:
      case STR32:
        this.at = at + headBytes(token - STR8) + this.#size(at, token - STR8)
        return 0
      case LIST16:
      case LIST32:
        this.at = at + headBytes(token - LIST16 + 1)
        return this.#size(at, token - LIST16 + 1)
      case MAP16:
      case MAP32:
        this.at = at + headBytes(token - MAP16 + 1)
        return 2 * this.#size(at, token - MAP16 + 1)
      default:
        throw new OddBodyError(`${token} begins no value`)
    }
  }
}

/** Bytes of a token and the size behind it. */
function headBytes(width: number): number {
  return 1 + (1 << width)
}
