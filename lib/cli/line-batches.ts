import type { Readable } from 'node:stream'
import { LineCutter, type NumberedLine } from '../api/millrace/line-cutter.ts'
import { LineProblem, readLine } from '../api/millrace/read-line.ts'
import { PUT_BODY_BYTES_MAX } from '../core/limits.ts'

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
  const cutter = new BatchCutter(size)
  for await (const chunk of input) {
    yield* cutter.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer))
  }
  yield* cutter.end()
}

class BatchCutter {
  readonly #size: number
  readonly #lines = new LineCutter()
  #records: unknown[] = []
  #lineNumbers: number[] = []
  #batchBytes = 0
  #line = 0

  constructor(size: number) {
    this.#size = size
  }

  *push(chunk: Buffer): Generator<LineBatch> {
    for (const line of this.#lines.push(chunk)) yield* this.#take(line)
    checkLength(this.#line + 1, this.#lines.heldBytes)
  }

  *end(): Generator<LineBatch> {
    for (const line of this.#lines.end()) yield* this.#take(line)
    if (this.#records.length > 0) yield this.#cut()
  }

  *#take({ number, bytes }: NumberedLine): Generator<LineBatch> {
    this.#line = number
    checkLength(number, bytes.length)
    const record = parse(bytes, number)
    if (record === undefined) return
    if (this.#batchBytes + bytes.length > PUT_BODY_BYTES_MAX) yield this.#cut()
    this.#records.push(record)
    this.#lineNumbers.push(number)
    this.#batchBytes += bytes.length + 1
    if (this.#records.length === this.#size) yield this.#cut()
  }

  #cut(): LineBatch {
    const batch = { records: this.#records, lineNumbers: this.#lineNumbers }
    this.#records = []
    this.#lineNumbers = []
    this.#batchBytes = 0
    return batch
  }
}

function checkLength(line: number, bytes: number): void {
  if (bytes <= PUT_BODY_BYTES_MAX) return
  throw new BadLine(line, `it is longer than ${PUT_BODY_BYTES_MAX} bytes`)
}

function parse(bytes: Buffer, line: number): unknown {
  try {
    return readLine(bytes)
  } catch (error) {
    throw error instanceof LineProblem ? new BadLine(line, error.message) : error
  }
}
