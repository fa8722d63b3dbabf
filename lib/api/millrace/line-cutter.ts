const LINE_FEED = 0x0a

/** One line, and which one it is, from 1. */
export type NumberedLine = { readonly number: number; readonly bytes: Buffer }

/** Cuts NDJSON into its lines as its bytes come. @source contract §4 */
export class LineCutter {
  /** Of the line whose end has not come yet. */
  #parts: Buffer[] = []
  #heldBytes = 0
  #number = 0

  /** Bytes of the line whose end has not come yet. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  *push(chunk: Buffer): Generator<NumberedLine> {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield this.#complete(chunk.subarray(from, end))
      from = end + 1
    }
    if (from === chunk.length) return
    this.#parts.push(chunk.subarray(from))
    this.#heldBytes += chunk.length - from
  }

  /** The last line, where no line feed ends it. */
  *end(): Generator<NumberedLine> {
    if (this.#heldBytes > 0) yield this.#complete(Buffer.alloc(0))
  }

  #complete(rest: Buffer): NumberedLine {
    const bytes = this.#heldBytes === 0 ? rest : Buffer.concat([...this.#parts, rest])
    this.#parts = []
    this.#heldBytes = 0
    return { number: ++this.#number, bytes }
  }
}
