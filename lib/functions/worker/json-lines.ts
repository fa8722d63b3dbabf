import { LineWriter } from './line-writer.ts'

export type JsonLinesParts = {
  /** The invocation that is running; the function's name before the first. */
  readonly requestId: () => string
  readonly functionName: string
  /** What is below it is not written. */
  readonly levelMin: number
  readonly writeLine: (line: string) => void
  readonly heard: ((requestId: string, line: string) => void) | undefined
}

/** What a function prints, as lines of the daemon's log that are told apart by `function`. */
export type Lines = {
  write(text: string, level: number): void
  flush(): void
  readonly isPartial: boolean
}

/** Lines of JSON in the form of pino's; a line of one level is not ended by what is written at another. @source contract §2 */
export function jsonLines(parts: JsonLinesParts): Lines {
  const writers = new Map<number, LineWriter>()
  const writerOf = (level: number): LineWriter => {
    const known = writers.get(level)
    if (known) return known
    const writer = new LineWriter(
      parts.requestId,
      () => {},
      (requestId, text) => told(parts, level, requestId, text),
    )
    writers.set(level, writer)
    return writer
  }
  return {
    write: (text, level) => writerOf(level).write(text),
    flush() {
      for (const writer of writers.values()) writer.flush()
    },
    get isPartial() {
      return [...writers.values()].some(({ isPartial }) => isPartial)
    },
  }
}

function told(parts: JsonLinesParts, level: number, requestId: string, text: string): void {
  const { functionName, levelMin, writeLine, heard } = parts
  heard?.(requestId, text)
  if (level < levelMin) return
  const invocation = requestId === functionName ? {} : { requestId }
  const line = { level, time: Date.now(), function: functionName, ...invocation, msg: text }
  writeLine(`${JSON.stringify(line)}\n`)
}
