// hot path: bench/micro/segment
/** Small: there is one for each shard that is written to at the same time. @unit bytes */
const SIZE_INITIAL = 4 * 1024
const SIZE_KEPT_MAX = 1024 * 1024
/** Up to here a loop in JavaScript beats a native call. @unit characters @source measured */
const SHORT_MAX = 40
const PLAIN = /^[ !#-[\]-\x7f]*$/
const LONE_SURROGATE = /\p{Surrogate}/u

const FIXSTR = 0xa0
const STR8 = 0xd9
const STR16 = 0xda
const STR32 = 0xdb
const UINT32 = 0xce
const FLOAT64 = 0xcb
const RECORD_ONE_BYTE = 0x40
const RECORD_TWO_BYTES = 0x60
/** Ids below fit the one-byte form of msgpackr's record extension. */
const ONE_BYTE_IDS = 32
const INLINE_INTEGER_MAX = 0x3f

/**
 * Appends bodies to a growing buffer: msgpack with msgpackr's record extension, and the size of the same values as
 * JSON beside it. Reading is msgpackr's; writing is ours because one walk then validates, measures and writes, and
 * because msgpackr asks user-named members (`constructor`, `toJSON`) what an object is.
 */
export class BodyWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(SIZE_INITIAL)
  /** Where the next byte goes. */
  position = 0
  /** Bytes of what was written, had it been JSON; whoever writes an object adds braces, names and commas. */
  jsonBytes = 0
  /** UTF-8 bytes of the text written last. */
  textBytes = 0
  /** False once a text had no exact UTF-8 form. */
  isExact = true

  /** Forgets the content; a buffer that grew for one large put is let go. */
  clear(): void {
    this.position = 0
    if (this.bytes.length > SIZE_KEPT_MAX) this.bytes = Buffer.allocUnsafeSlow(SIZE_INITIAL)
  }

  byte(value: number): void {
    this.#reserve(1)
    this.bytes[this.position++] = value
  }

  /** Zeros up to the next multiple of 4: where the next body begins. */
  pad(): void {
    this.#reserve(3)
    while (this.position % 4 !== 0) this.bytes[this.position++] = 0
  }

  /** A reference to a shared structure; its values follow. */
  structure(id: number): void {
    this.#reserve(2)
    if (id < ONE_BYTE_IDS) {
      this.bytes[this.position++] = RECORD_ONE_BYTE + id
    } else {
      this.bytes[this.position++] = RECORD_TWO_BYTES + ((id - ONE_BYTE_IDS) & 0x1f)
      this.bytes[this.position++] = (id - ONE_BYTE_IDS) >> 5
    }
  }

  /** Head of a map of `count` pairs. */
  map(count: number): void {
    this.#head(count, { tiny: 0x80, wide: 0xde })
  }

  /** Head of a list of `count` values. */
  list(count: number): void {
    this.#head(count, { tiny: 0x90, wide: 0xdc })
  }

  /** A number that JSON can carry; counts its JSON. */
  number(value: number): void {
    this.#reserve(9)
    this.jsonBytes += value === 0 ? 1 : String(value).length
    if (value >>> 0 !== value || Object.is(value, -0)) {
      this.bytes[this.position] = FLOAT64
      this.bytes.writeDoubleBE(value, this.position + 1)
      this.position += 9
    } else if (value <= INLINE_INTEGER_MAX) {
      this.bytes[this.position++] = value
    } else {
      this.bytes[this.position] = UINT32
      this.bytes.writeUInt32BE(value, this.position + 1)
      this.position += 5
    }
  }

  /** A text; counts its JSON, and sets {@link textBytes}. */
  text(value: string): void {
    const length = value.length
    this.#reserve(5 + 3 * length)
    if (length > SHORT_MAX ? this.#plainLong(value) : this.#plainShort(value)) {
      this.textBytes = length
      this.jsonBytes += length + 2
      return
    }
    const size = Buffer.byteLength(value)
    this.#textHead(size)
    this.position += this.bytes.write(value, this.position, 'utf8')
    this.textBytes = size
    this.jsonBytes += Buffer.byteLength(JSON.stringify(value))
    if (LONE_SURROGATE.test(value)) this.isExact = false
  }

  /** Plain bytes, as they are. */
  utf8(value: string): void {
    this.#reserve(3 * value.length)
    this.position += this.bytes.write(value, this.position, 'utf8')
  }

  /** A body that was written elsewhere, with references to the same structures. */
  body(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    this.bytes.set(bytes.subarray(start, end), this.position)
    this.position += end - start
  }

  #plainShort(value: string): boolean {
    const length = value.length
    const bytes = this.bytes
    let at = this.position
    if (length < 32) bytes[at++] = FIXSTR | length
    else {
      bytes[at++] = STR8
      bytes[at++] = length
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code < 0x20 || code > 0x7f || code === 0x22 || code === 0x5c) return false
      bytes[at++] = code
    }
    this.position = at
    return true
  }

  #plainLong(value: string): boolean {
    if (!PLAIN.test(value)) return false
    this.#textHead(value.length)
    this.position += this.bytes.write(value, this.position, 'latin1')
    return true
  }

  #textHead(size: number): void {
    const bytes = this.bytes
    if (size < 32) bytes[this.position++] = FIXSTR | size
    else if (size < 0x100) {
      bytes[this.position++] = STR8
      bytes[this.position++] = size
    } else if (size < 0x10000) {
      bytes[this.position++] = STR16
      this.position = bytes.writeUInt16BE(size, this.position)
    } else {
      bytes[this.position++] = STR32
      this.position = bytes.writeUInt32BE(size, this.position)
    }
  }

  #head(count: number, { tiny, wide }: { readonly tiny: number; readonly wide: number }): void {
    this.#reserve(5)
    if (count < 16) this.bytes[this.position++] = tiny | count
    else if (count < 0x10000) {
      this.bytes[this.position++] = wide
      this.position = this.bytes.writeUInt16BE(count, this.position)
    } else {
      this.bytes[this.position++] = wide + 1
      this.position = this.bytes.writeUInt32BE(count, this.position)
    }
  }

  #reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.#grow(this.position + count)
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, size))
    this.bytes.copy(grown, 0, 0, this.position)
    this.bytes = grown
  }
}
