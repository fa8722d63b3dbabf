import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, RunningMillrace } from './millrace-process.ts'

/** A line of the daemon's log. */
export type LogLine = { readonly level: number; readonly msg: string } & Readonly<
  Record<string, unknown>
>

export type DaemonOptions = {
  /** The configuration file's content; none is written without it. */
  readonly configuration?: unknown
  /** Files beside it, by name. */
  readonly files?: Readonly<Record<string, string>>
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A real daemon on a free port, in a directory of the test's own. */
export class RunningDaemon {
  readonly #process: RunningMillrace
  readonly url: string
  readonly port: number

  private constructor(process: RunningMillrace, port: number) {
    this.#process = process
    this.port = port
    this.url = `http://127.0.0.1:${port}`
  }

  /** Resolves when it is ready. @param directory of the configuration and the data; it may be a former daemon's. */
  static async start(directory: string, options: DaemonOptions = {}): Promise<RunningDaemon> {
    const { configuration, files = {}, words = [], environment = {} } = options
    mkdirSync(directory, { recursive: true })
    if (configuration !== undefined)
      writeFileSync(join(directory, 'millrace.json'), JSON.stringify(configuration))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
    const process = new RunningMillrace(['start', '--port', '0', ...words], directory, environment)
    await process.says('"msg":"ready"')
    const listening = linesOf(process.stderr).find(({ msg }) => msg === 'listening')!
    return new RunningDaemon(process, listening['port'] as number)
  }

  get pid(): number {
    return this.#process.pid
  }

  /** What it has logged until now. */
  log(): readonly LogLine[] {
    return linesOf(this.#process.stderr)
  }

  /** Resolves when its log holds the text. */
  logs(text: string | RegExp): Promise<void> {
    return this.#process.says(text)
  }

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, init)
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name)
  }

  /** Ends it in good order. */
  async stop(): Promise<Ended> {
    this.#process.signal('SIGTERM')
    return this.#process.ended()
  }

  async kill(): Promise<void> {
    this.#process.signal('SIGKILL')
    await this.#process.ended()
  }
}

const linesOf = (text: string): readonly LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine)
