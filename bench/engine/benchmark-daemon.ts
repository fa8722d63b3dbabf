import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { AuditFailure } from '../audit/run-audit.ts'
import { MILLRACE_MAIN } from './millrace-command.ts'

/** `millrace start` in a process of its own, on a free port. */
export class BenchmarkDaemon {
  readonly #child: ChildProcess
  readonly #pool: Pool

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#pool = new Pool(`http://127.0.0.1:${port}`)
  }

  /** Resolves when it is ready. @param directory of its data. @throws AuditFailure where it ends instead. */
  static async start(directory: string, signal: AbortSignal): Promise<BenchmarkDaemon> {
    const words = ['start', '--port', '0', '--data', directory]
    const child = spawn(process.execPath, [MILLRACE_MAIN, ...words], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    })
    // A run that is aborted ends it; who waits for an answer then is told so.
    child.on('error', () => undefined)
    let port: number | undefined
    for await (const line of createInterface({ input: child.stderr! })) {
      const { msg, ...facts } = JSON.parse(line) as { readonly msg: string; readonly port?: number }
      if (msg === 'listening') port = facts.port
      if (msg === 'ready' && port !== undefined) {
        child.stderr!.resume()
        return new BenchmarkDaemon(child, port)
      }
    }
    throw new AuditFailure('the daemon ended before it was ready')
  }

  /** @throws AuditFailure where it is refused. */
  async send(method: 'PUT' | 'POST', path: string, body: string): Promise<void> {
    const answer = await this.#pool.request({ method, path, body })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new AuditFailure(`${method} ${path}: ${text}`)
  }

  /** Ends it in good order. */
  async stop(): Promise<void> {
    await this.#pool.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}
