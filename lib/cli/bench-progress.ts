import type { CommandContext } from './command-context.ts'
import { ProgressLine } from './progress-line.ts'

/** How often the line on a terminal is written anew. @unit ms */
const REDRAW_MS = 1000
/** Where a terminal does not say how wide it is. */
const COLUMNS_DEFAULT = 80

/** `7 s`, `1:05`, `1:02:03`. */
export function elapsedText(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const two = (count: number) => String(count).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const rest = two(seconds % 60)
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`
}

/** What a suite is doing: one line that moves on a terminal, a line for each step elsewhere. */
export class BenchProgress {
  readonly #context: Pick<CommandContext, 'stderr' | 'paint'>
  readonly #line: ProgressLine
  readonly #count: number
  readonly #timer: NodeJS.Timeout
  #current = ''
  #detail = ''
  #begunMs = performance.now()

  /** @param count of benchmarks. */
  constructor(context: Pick<CommandContext, 'stderr' | 'paint'>, count: number) {
    this.#context = context
    this.#line = new ProgressLine(context.stderr)
    this.#count = count
    this.#timer = setInterval(() => this.#show(), REDRAW_MS)
    this.#timer.unref()
  }

  /** A benchmark begins, the `number`th. */
  began(name: string, number: number): void {
    this.#current = `${name} (${number} of ${this.#count})`
    this.#detail = ''
    this.#begunMs = performance.now()
    if (!this.#context.stderr.isTTY) this.#write(this.#current)
    this.#show()
  }

  /** What the benchmark does now. */
  step(detail: string): void {
    this.#detail = detail
    if (!this.#context.stderr.isTTY) this.#write(detail)
    this.#show()
  }

  /** A line that stays. */
  say(line: string): void {
    this.#line.interrupt(line)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#line.clear()
  }

  #write(line: string): void {
    this.#context.stderr.write(`${this.#context.paint.dim(line)}\n`)
  }

  #show(): void {
    if (this.#current === '') return
    const elapsed = elapsedText(performance.now() - this.#begunMs)
    const { columns = COLUMNS_DEFAULT } = this.#context.stderr
    // A line that wraps could not be taken back.
    this.#line.show(`${this.#current}, ${elapsed}  ${this.#detail}`.slice(0, columns - 1))
  }
}
