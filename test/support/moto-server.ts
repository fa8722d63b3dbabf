import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** SQS, SNS and S3 of moto, a server that is a user's own stand-in for AWS. */
export class MotoServer {
  readonly #child: ChildProcess
  readonly endpoint: string

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child
    this.endpoint = endpoint
  }

  /** Resolves when it answers. @param port a free one: see {@link freePort}. @throws where moto is not installed */
  static async start(port: number): Promise<MotoServer> {
    const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] },
    })
    const failed = once(child, 'error').then(([error]) => {
      throw new Error("moto_server does not start: pip install 'moto[server]'", { cause: error })
    })
    await Promise.race([failed, untilItListens(child)])
    failed.catch(() => {})
    return new MotoServer(child, `http://127.0.0.1:${port}`)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

async function untilItListens(child: ChildProcess): Promise<void> {
  // It goes on to write a line for each request: they are read, so that it never waits for us.
  const lines = createInterface({ input: child.stderr! })
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (line.includes('Running on')) resolve()
    })
    lines.on('close', () => reject(new Error('moto_server ended before it listened')))
  })
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}
