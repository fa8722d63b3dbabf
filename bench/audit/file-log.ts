import { openSync, readFileSync, writeSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import { recordNumberOf } from '../load/workload.ts'
import { type HandlerLog, type LoggedInvocation, nowNs } from './handler-log.ts'

/** What a handler writes down of its invocations, wherever that goes. */
export type InvocationLog = Pick<HandlerLog, 'begin' | 'succeed' | 'fail' | 'failFrom'>

/** How an invocation ended. */
type Ending = Pick<LoggedInvocation, 'outcome' | 'failedFrom'>
/** A line that began or ended an invocation. `id` is of this one invocation in all lives. */
type Line =
  | readonly [id: string, ns: number, records: readonly number[]]
  | readonly [id: string, ns: number, outcome: Ending['outcome'], failedFrom: number]

/**
 * What handlers saw, in a file that outlives their process: every line is handed to the system before the handler goes
 * on, so that a process which is killed leaves behind what it did. Several threads, and one life after another, append
 * to the same file.
 */
export class FileLog implements InvocationLog {
  readonly #file: number
  /** Of this log: a thread may open the file more than once. */
  readonly #name = `${process.pid}.${threadId}.${nowNs()}`
  #entries = 0

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  begin(records: readonly Parameters<typeof recordNumberOf>[0][]): number {
    const entry = ++this.#entries
    this.#write([this.#idOf(entry), nowNs(), records.map(recordNumberOf)])
    return entry
  }

  succeed(entry: number): void {
    this.#write([this.#idOf(entry), nowNs(), 'succeeded', 0])
  }

  fail(entry: number): void {
    this.#write([this.#idOf(entry), nowNs(), 'failed', 0])
  }

  failFrom(entry: number, position: number): void {
    this.#write([this.#idOf(entry), nowNs(), 'partly', position])
  }

  #idOf(entry: number): string {
    return `${this.#name}.${entry}`
  }

  #write(line: Line): void {
    // The line break comes first: what was torn by a kill is a line of its own.
    writeSync(this.#file, `\n${JSON.stringify(line)}`)
  }
}

/** Invocations of all lives that wrote into the file, in the order in which they began. */
export function readFileLog(path: string): readonly LoggedInvocation[] {
  const lines = readFileSync(path, 'utf8').split('\n').flatMap(parseLine)
  const endings = new Map<string, Ending & { readonly endedNs: number }>()
  for (const line of lines) {
    if (line.length !== 4) continue
    const [id, endedNs, outcome, failedFrom] = line
    endings.set(id, { endedNs, outcome, failedFrom })
  }
  return lines
    .flatMap((line) => {
      if (line.length === 4) return []
      const [id, begunNs, records] = line
      const ending = endings.get(id) ?? { endedNs: 0, outcome: 'running' as const, failedFrom: 0 }
      return [{ thread: Number(id.split('.')[1]), begunNs, records, ...ending }]
    })
    .sort((a, b) => a.begunNs - b.begunNs)
}

/** A torn line was never written to its end: its handler had not gone on. */
function parseLine(line: string): readonly Line[] {
  if (!line.endsWith(']')) return []
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
