import { writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { printable } from '../../core/printable.ts'

/** Longest line that is written; a longer one goes on in the next. @unit characters @source CloudWatch Logs: an event has at most 256 KB */
export const LINE_LENGTH_MAX = 262_144
/** How long a line that has no end yet is kept. @unit milliseconds @source ours */
const PARTIAL_LINE_MS_MAX = 100
/** How long a full stderr is waited for, before output is given up. @unit milliseconds @source ours */
const STDERR_WAIT_MS_MAX = 1000
const STDERR_RETRY_MS = 2

export type OutputCapture = {
  /** Writes a line that has no end yet: due before the thread's task returns, as a terminated thread says nothing. */
  flush(): void
  /** Flushes, and gives the streams back. */
  release(): void
}

/**
 * Turns written text into whole lines, each with the tag that held when its first character was written.
 * Control characters are escaped, so that no handler can move the cursor of a terminal or forge a line.
 */
export class LineWriter {
  readonly #tag: () => string
  readonly #writeLine: (line: string) => void
  readonly #heard: (tag: string, line: string) => void
  #partial = ''
  #partialTag = ''

  /** @param writeLine gets lines with their tag and line feed. @param heard gets tag and line. */
  constructor(
    tag: () => string,
    writeLine: (line: string) => void,
    heard: (tag: string, line: string) => void = () => {},
  ) {
    this.#tag = tag
    this.#writeLine = writeLine
    this.#heard = heard
  }

  get isPartial(): boolean {
    return this.#partial !== ''
  }

  write(text: string): void {
    const tag = this.#tag()
    if (tag !== this.#partialTag) this.flush()
    this.#partialTag = tag
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop() ?? ''
    for (const line of lines) this.#emit(line)
    while (this.#partial.length > LINE_LENGTH_MAX) {
      const end = cutPosition(this.#partial)
      this.#emit(this.#partial.slice(0, end))
      this.#partial = this.#partial.slice(end)
    }
  }

  /** Writes a line that has no end yet. */
  flush(): void {
    const line = this.#partial
    this.#partial = ''
    if (line !== '') this.#emit(line)
  }

  #emit(line: string): void {
    let rest = line
    do {
      const end = cutPosition(rest)
      const text = printable(rest.slice(0, end))
      this.#writeLine(`${this.#partialTag} ${text}\n`)
      this.#heard(this.#partialTag, text)
      rest = rest.slice(end)
    } while (rest !== '')
  }
}

/** Where a line must be cut: never inside a surrogate pair. */
function cutPosition(line: string): number {
  if (line.length <= LINE_LENGTH_MAX) return line.length
  const unit = line.charCodeAt(LINE_LENGTH_MAX - 1)
  return unit >= 0xd800 && unit < 0xdc00 ? LINE_LENGTH_MAX - 1 : LINE_LENGTH_MAX
}

/**
 * From now on, what this thread prints (`console`, `process.stdout`, `process.stderr`) goes to the process's stderr,
 * line by line. It is written before the call returns, so that an exit loses nothing. @source contract §2
 * What writes to file descriptor 1 itself (`fs.writeSync(1)`, a child process that inherits it) is not seen.
 * @param requestId the invocation that is running, asked at each write.
 * @param heard is told each line too.
 */
export function captureOutput(
  requestId: () => string,
  heard?: (requestId: string, line: string) => void,
): OutputCapture {
  const lines = new LineWriter(requestId, writeToStderr, heard)
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => lines.flush()
  const write = (text: string): void => {
    lines.write(text)
    if (!lines.isPartial) return
    clearTimeout(timer)
    timer = setTimeout(flush, PARTIAL_LINE_MS_MAX).unref()
  }
  const releases = [process.stdout, process.stderr].map((stream) => redirect(stream, write))
  process.on('exit', flush)
  return {
    flush,
    release() {
      clearTimeout(timer)
      flush()
      process.off('exit', flush)
      for (const release of releases) release()
    },
  }
}

type StreamWrite = typeof process.stdout.write

/** @returns a function that gives the stream its own `write` back. */
function redirect(stream: NodeJS.WriteStream, write: (text: string) => void): () => void {
  const decoder = new StringDecoder('utf8')
  const own: StreamWrite = stream.write
  const replaced = (
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): boolean => {
    write(typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))
    const written = typeof encodingOrDone === 'function' ? encodingOrDone : done
    if (written) process.nextTick(written)
    return true
  }
  stream.write = replaced as StreamWrite
  return () => {
    stream.write = own
  }
}

/** Waits while stderr is full, a bounded time; a closed stderr loses the line, as there is nobody to tell. */
function writeToStderr(line: string): void {
  const bytes = Buffer.from(line)
  let from = 0
  let waitedMs = 0
  while (from < bytes.length && waitedMs <= STDERR_WAIT_MS_MAX) {
    try {
      from += writeSync(2, bytes, from)
      waitedMs = 0
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STDERR_RETRY_MS)
      waitedMs += STDERR_RETRY_MS
    }
  }
}
