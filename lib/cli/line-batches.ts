import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { PUT_BODY_BYTES_MAX } from '../core/limits.ts'

const LINE_FEED = 0x0a

/** Records of some lines that follow one another, and where each of them stood. */
export type LineBatch = {
  readonly records: readonly unknown[]
  /** Line of each record, 1-based. */
  readonly lineNumbers: readonly number[]
}

/** A line that holds no record. */
export class BadLine extends Error {
  override readonly name = 'BadLine'
  /** 1-based. */
  readonly line: number

  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

/**
 * Cuts NDJSON into batches as it is read: of `size` records at most, and of {@link PUT_BODY_BYTES_MAX} bytes. Empty
 * lines are passed over.
 *
 * @throws BadLine for a line that is no JSON, no UTF-8, or too long; what was read of its batch is not yielded.
 * @source contract §4
 */
export async function* lineBatches(input: Readable, size: number): AsyncGenerator<LineBatch> {
  const cutter = new LineCutter(size)
  for await (const chunk of input) {
    yield* cutter.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer))
  }
  yield* cutter.end()
}

class LineCutter {
  readonly #size: number
  #partial: Buffer[] = []
  #partialBytes = 0
  #records: unknown[] = []
  #lineNumbers: number[] = []
  #batchBytes = 0
  #line = 0

  constructor(size: number) {
    this.#size = size
  }

  *push(chunk: Buffer): Generator<LineBatch> {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield* this.#take(this.#complete(chunk.subarray(from, end)))
      from = end + 1
    }
    if (from === chunk.length) return
    this.#partial.push(chunk.subarray(from))
    this.#partialBytes += chunk.length - from
    this.#checkLength(this.#partialBytes)
  }

  *end(): Generator<LineBatch> {
    if (this.#partialBytes > 0) yield* this.#take(this.#complete(Buffer.alloc(0)))
    if (this.#records.length > 0) yield this.#cut()
  }

  #complete(rest: Buffer): Buffer {
    if (this.#partialBytes === 0) return rest
    const line = Buffer.concat([...this.#partial, rest])
    this.#partial = []
    this.#partialBytes = 0
    return line
  }

  *#take(bytes: Buffer): Generator<LineBatch> {
    this.#checkLength(bytes.length)
    this.#line++
    if (!isUtf8(bytes)) throw new BadLine(this.#line, 'it is not UTF-8')
    const text = bytes.toString('utf8').trim()
    if (text === '') return
    if (this.#batchBytes + bytes.length > PUT_BODY_BYTES_MAX) yield this.#cut()
    this.#records.push(parse(text, this.#line))
    this.#lineNumbers.push(this.#line)
    this.#batchBytes += bytes.length
    if (this.#records.length === this.#size) yield this.#cut()
  }

  #cut(): LineBatch {
    const batch = { records: this.#records, lineNumbers: this.#lineNumbers }
    this.#records = []
    this.#lineNumbers = []
    this.#batchBytes = 0
    return batch
  }

  #checkLength(bytes: number): void {
    if (bytes <= PUT_BODY_BYTES_MAX) return
    throw new BadLine(this.#line + 1, `it is longer than ${PUT_BODY_BYTES_MAX} bytes`)
  }
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadLine(line, `it is no JSON: ${error instanceof Error ? error.message : error}`)
  }
}
