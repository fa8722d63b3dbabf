import { writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { ConsoleLevel, OUTPUT_LEVEL } from './console-level.ts'
import { jsonLines, type Lines } from './json-lines.ts'
import { LineWriter } from './line-writer.ts'

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

export type CaptureOptions = {
  /** Is told each line too. */
  readonly heard?: (requestId: string, line: string) => void
  /** Lines of JSON, of this function and from this level on; lines of text without it. */
  readonly log?: { readonly functionName: string; readonly levelMin: number }
}

/**
 * From now on, what this thread prints (`console`, `process.stdout`, `process.stderr`) goes to the process's stderr,
 * line by line. It is written before the call returns, so that an exit loses nothing. @source contract §2
 * What writes to file descriptor 1 itself (`fs.writeSync(1)`, a child process that inherits it) is not seen.
 * @param requestId the invocation that is running, asked at each write.
 */
export function captureOutput(
  requestId: () => string,
  { heard, log }: CaptureOptions = {},
): OutputCapture {
  const lines: Lines = log
    ? jsonLines({ requestId, writeLine: writeToStderr, heard, ...log })
    : new LineWriter(requestId, writeToStderr, heard)
  const level = new ConsoleLevel()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => lines.flush()
  const writeAt = (streams: number) => (text: string) => {
    lines.write(text, level.current ?? streams)
    if (!lines.isPartial) return
    clearTimeout(timer)
    timer = setTimeout(flush, PARTIAL_LINE_MS_MAX).unref()
  }
  const releases = [
    redirect(process.stdout, writeAt(OUTPUT_LEVEL.stdout)),
    redirect(process.stderr, writeAt(OUTPUT_LEVEL.stderr)),
    // Lines of text have no level.
    ...(log ? [level.follow(console)] : []),
  ]
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
