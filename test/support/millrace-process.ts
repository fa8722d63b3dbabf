import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** How a process ended, and what it wrote. */
export type Ended = {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

type Surroundings = {
  readonly environment?: Readonly<Record<string, string>>
  /** Standard input. */
  readonly input?: string
}

/** A real process to its end, with nothing of our own environment but PATH. */
export function millrace(
  words: readonly string[],
  cwd: string,
  { environment = {}, input = '' }: Surroundings = {},
): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd,
    env: { PATH: process.env['PATH'], ...environment },
    input,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** A process that is steered while it runs. */
export class RunningMillrace {
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #heard = (): void => {}

  constructor(
    words: readonly string[],
    cwd: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn(process.execPath, [MAIN, ...words], {
      cwd,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      this.#heard()
    })
  }

  /** Resolves when stderr holds it. */
  async says(text: string | RegExp): Promise<void> {
    while (!(typeof text === 'string' ? this.#stderr.includes(text) : text.test(this.#stderr))) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
  }

  /** What it wrote until now. */
  get stderr(): string {
    return this.#stderr
  }

  get pid(): number {
    return this.#child.pid!
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async ended(): Promise<Ended> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'close')
    }
    return { status: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr }
  }
}
