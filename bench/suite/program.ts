import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Lines of its output that are kept, for a complaint. */
const LINES_KEPT = 20

export type ProgramOptions = {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** A program that runs beside the suite until it is stopped, and never longer than the suite itself. */
export class Program {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #ended = new AbortController()
  readonly #gone: Promise<void>
  readonly #kill = (): boolean => this.#child.kill('SIGKILL')
  #onLine: (line: string) => void = () => {}

  private constructor(name: string, child: ChildProcess) {
    this.#name = name
    this.#child = child
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => this.#take(line))
    this.#gone = once(child, 'close').then(
      ([code, signal]) => this.#end(`ended with ${signal ?? `exit code ${code}`}`),
      (error: Error) => this.#end(error.message),
    )
    // It writes to a program that may be gone; that it is gone is told by its end.
    child.stdin!.on('error', () => {})
    process.once('exit', this.#kill)
  }

  static start(
    name: string,
    [command, ...words]: readonly [string, ...string[]],
    options: ProgramOptions = {},
  ): Program {
    return new Program(name, spawn(command, words, { stdio: 'pipe', ...options }))
  }

  /** Aborts when the program has ended; the reason says how, and what its last line was. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  /** The last lines that it has printed. */
  get output(): string {
    return this.#lines.join('\n')
  }

  write(line: string): void {
    this.#child.stdin!.write(`${line}\n`)
  }

  /** Resolves with the next line that `isIt`; rejects when the program ends before, or `signal` aborts. */
  async line(isIt: (line: string) => boolean, signal: AbortSignal): Promise<string> {
    const either = AbortSignal.any([signal, this.ended])
    either.throwIfAborted()
    return await new Promise((resolve, reject) => {
      const fail = () => reject(either.reason)
      either.addEventListener('abort', fail, { once: true })
      this.#onLine = (line) => {
        if (!isIt(line)) return
        either.removeEventListener('abort', fail)
        resolve(line)
      }
    })
  }

  /** Kills it, where it still runs. */
  async stop(): Promise<void> {
    this.#kill()
    await this.#gone
  }

  #take(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > LINES_KEPT) this.#lines.shift()
    this.#onLine(line)
  }

  #end(how: string): void {
    process.removeListener('exit', this.#kill)
    const last = this.#lines.findLast((line) => line.trim() !== '')
    this.#ended.abort(new Error(`${this.#name} ${how}${last ? `: ${last.trim()}` : ''}`))
  }
}
