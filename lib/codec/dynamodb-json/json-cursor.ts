// hot path: every byte of every page goes through skipValue.
import type { JsonName } from './json-name.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Bytes of strings that stand for themselves. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
)

/** DynamoDB documents nest 32 deep, two JSON levels each; round that a page. @unit levels @source AWS service quotas */
const NESTING_MAX = 128

/** The bytes are no JSON, or not the JSON that was asked for. Caught by whoever drives the cursor. */
export class MalformedJsonError extends Error {
  override readonly name = 'MalformedJsonError'
}

/**
 * Walks over JSON bytes without building values. Checks the grammar (RFC 8259) of all it passes, except that bytes
 * above 0x7f are taken as they are.
 *
 * Strings and names are left as ranges: `textStart..textEnd` without quotes, `textEscaped` where `\` occurs in it.
 */
export class JsonCursor {
  #given: Uint8Array
  #bytes: Buffer
  at = 0
  textStart = 0
  textEnd = 0
  textEscaped = false

  constructor(bytes: Uint8Array) {
    this.#given = bytes
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Goes on with other bytes. */
  begin(bytes: Uint8Array, at: number): void {
    this.at = at
    if (bytes === this.#given) return
    this.#given = bytes
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** What begins with the next byte that is no space; `other`: a number, `true`, `false`, `null`, or nothing good. */
  valueAhead(): 'object' | 'array' | 'string' | 'other' {
    this.#skipSpace()
    switch (this.#bytes[this.at]) {
      case OPEN_BRACE:
        return 'object'
      case OPEN_BRACKET:
        return 'array'
      case QUOTE:
        return 'string'
      default:
        return 'other'
    }
  }

  /** Reads a number, `true`, `false` or `null`. @throws MalformedJsonError */
  readPlain(): number | boolean | null {
    const start = this.startOfValue()
    this.skipValue()
    return JSON.parse(this.#bytes.toString('latin1', start, this.at)) as number | boolean | null
  }

  /** What it walks over. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Enters an object. @returns false where it is empty and left again. @throws MalformedJsonError */
  enterObject(): boolean {
    this.#expect(OPEN_BRACE)
    return !this.#leaves(CLOSE_BRACE)
  }

  /** Reads `"name":`; the name is the text range. @throws MalformedJsonError */
  readName(): void {
    this.readString()
    this.#expect(COLON)
  }

  /** After a member's value. @returns false where the object is left. @throws MalformedJsonError */
  nextMember(): boolean {
    return this.#next(CLOSE_BRACE)
  }

  /** Enters an array. @returns false where it is empty and left again. @throws MalformedJsonError */
  enterArray(): boolean {
    this.#expect(OPEN_BRACKET)
    return !this.#leaves(CLOSE_BRACKET)
  }

  /** After an element. @returns false where the array is left. @throws MalformedJsonError */
  nextElement(): boolean {
    return this.#next(CLOSE_BRACKET)
  }

  /** Is the text range this name? */
  textIs(name: JsonName): boolean {
    const { bytes } = name
    if (this.textEscaped || bytes === undefined) return this.text() === name.text
    const length = this.textEnd - this.textStart
    if (bytes.length !== length) return false
    for (let i = 0; i < length; i++) if (this.#bytes[this.textStart + i] !== bytes[i]) return false
    return true
  }

  /** The text range as a string. */
  text(): string {
    return this.textEscaped
      ? (JSON.parse(this.#bytes.toString('utf8', this.textStart - 1, this.textEnd + 1)) as string)
      : this.#bytes.toString('utf8', this.textStart, this.textEnd)
  }

  /** Reads a string into the text range. @throws MalformedJsonError */
  readString(): void {
    this.#expect(QUOTE)
    this.textStart = this.at
    this.textEscaped = this.#skipStringRest()
    this.textEnd = this.at - 1
  }

  /** @throws MalformedJsonError */
  readNumber(): number {
    this.#skipSpace()
    const start = this.at
    this.#skipNumber()
    return Number(this.#bytes.toString('latin1', start, this.at))
  }

  /** Passes `null`. @returns false, without moving, where the next value is another one. @throws MalformedJsonError */
  skipNull(): boolean {
    this.#skipSpace()
    if (this.#bytes[this.at] !== 0x6e) return false
    this.#skipLiteral('null')
    return true
  }

  /** Passes any value. @throws MalformedJsonError */
  skipValue(nesting = NESTING_MAX): void {
    this.#skipSpace()
    const first = this.#bytes[this.at]
    if (first === QUOTE) {
      this.at++
      this.#skipStringRest()
    } else if (first === OPEN_BRACE) this.#skipObject(nesting - 1)
    else if (first === OPEN_BRACKET) this.#skipArray(nesting - 1)
    else if (first === 0x74) this.#skipLiteral('true')
    else if (first === 0x66) this.#skipLiteral('false')
    else if (first === 0x6e) this.#skipLiteral('null')
    else this.#skipNumber()
  }

  /** Passes the space before the next value. @returns its position. */
  startOfValue(): number {
    this.#skipSpace()
    return this.at
  }

  /** @throws MalformedJsonError where anything but space is left. */
  end(): void {
    this.#skipSpace()
    if (this.at < this.#bytes.length) throw this.malformed('text after the end')
  }

  malformed(what: string): MalformedJsonError {
    return new MalformedJsonError(`${what} at byte ${this.at} of ${this.#bytes.length}`)
  }

  #skipObject(nesting: number): void {
    if (nesting < 0) throw this.malformed('nested too deeply')
    this.at++
    if (this.#leaves(CLOSE_BRACE)) return
    do {
      this.#expect(QUOTE)
      this.#skipStringRest()
      this.#expect(COLON)
      this.skipValue(nesting)
    } while (this.#next(CLOSE_BRACE))
  }

  #skipArray(nesting: number): void {
    if (nesting < 0) throw this.malformed('nested too deeply')
    this.at++
    if (this.#leaves(CLOSE_BRACKET)) return
    do this.skipValue(nesting)
    while (this.#next(CLOSE_BRACKET))
  }

  #leaves(close: number): boolean {
    this.#skipSpace()
    if (this.#bytes[this.at] !== close) return false
    this.at++
    return true
  }

  #next(close: number): boolean {
    this.#skipSpace()
    const byte = this.#bytes[this.at]
    if (byte !== COMMA && byte !== close) throw this.malformed('no comma and no end')
    this.at++
    return byte === COMMA
  }

  #expect(byte: number): void {
    if (this.#bytes[this.at] !== byte) {
      this.#skipSpace()
      if (this.#bytes[this.at] !== byte)
        throw this.malformed(`no ${String.fromCharCode(byte)} where one belongs`)
    }
    this.at++
  }

  #skipSpace(): void {
    const bytes = this.#bytes
    let byte = bytes[this.at]!
    if (byte > 0x20) return
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
      byte = bytes[++this.at]!
  }

  /** From behind the opening quote to behind the closing one. @returns whether there were escapes. */
  #skipStringRest(): boolean {
    const bytes = this.#bytes
    let at = this.at
    let escaped = false
    for (;;) {
      while (IS_PLAIN[bytes[at]!] === 1) at++
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.at = at + 1
        return escaped
      }
      if (byte !== BACKSLASH) break
      escaped = true
      at = this.#skipEscape(at)
    }
    this.at = at
    throw this.malformed('a string without end')
  }

  #skipEscape(at: number): number {
    const kind = this.#bytes[at + 1] ?? 0
    if (kind !== 0x75) {
      if ('"\\/bfnrt'.includes(String.fromCharCode(kind))) return at + 2
      throw this.malformed('a bad escape')
    }
    if (/^[\da-fA-F]{4}$/.test(this.#bytes.toString('latin1', at + 2, at + 6))) return at + 6
    throw this.malformed('a bad escape')
  }

  #skipNumber(): void {
    if (this.#bytes[this.at] === MINUS) this.at++
    if (this.#bytes[this.at] === ZERO) this.at++
    else this.#skipDigits()
    if (this.#bytes[this.at] === POINT) {
      this.at++
      this.#skipDigits()
    }
    const exponent = this.#bytes[this.at]
    if (exponent === 0x65 || exponent === 0x45) {
      this.at++
      const sign = this.#bytes[this.at]
      if (sign === MINUS || sign === 0x2b) this.at++
      this.#skipDigits()
    }
  }

  #skipDigits(): void {
    const start = this.at
    let byte = this.#bytes[this.at]!
    while (byte >= ZERO && byte <= NINE) byte = this.#bytes[++this.at]!
    if (this.at === start) throw this.malformed('no value')
  }

  #skipLiteral(literal: string): void {
    if (this.#bytes.toString('latin1', this.at, this.at + literal.length) !== literal)
      throw this.malformed('no value')
    this.at += literal.length
  }
}
