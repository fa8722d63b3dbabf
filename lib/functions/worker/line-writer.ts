import { printable } from '../../core/printable.ts'

/** Longest line that is written; a longer one goes on in the next. @unit characters @source CloudWatch Logs: an event has at most 256 KB */
export const LINE_LENGTH_MAX = 262_144

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
