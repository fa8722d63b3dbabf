import type { Output } from './command-context.ts'

const CLEAR_LINE = '\r\u001b[2K'

/** One line at the bottom of a terminal that is written over and over; nothing where there is no terminal. */
export class ProgressLine {
  readonly #output: Output
  #shown = false

  constructor(output: Output) {
    this.#output = output
  }

  show(text: string): void {
    if (!this.#output.isTTY) return
    this.#output.write(`${CLEAR_LINE}${text}`)
    this.#shown = true
  }

  /** Writes a line that stays, above the one that moves. */
  interrupt(line: string): void {
    this.clear()
    this.#output.write(`${line}\n`)
  }

  clear(): void {
    if (this.#shown) this.#output.write(CLEAR_LINE)
    this.#shown = false
  }
}
