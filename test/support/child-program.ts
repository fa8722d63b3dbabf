import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A program of `test/support` in a process of its own. Ended by its id, at the latest with the test. */
export type ChildProgram = {
  readonly process: ChildProcess
  /** Ends it at once, as a crash would, and waits until it is gone. */
  kill(): Promise<void>
}

/**
 * Starts `test/support/<name>.ts`. `onMessage` gets what it sends over its pipe, until the last byte.
 * @param program.environment Added to this process's own.
 */
export function startChild(program: {
  readonly name: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly onMessage: (message: unknown) => void
}): ChildProgram {
  const path = fileURLToPath(new URL(`./${program.name}.js`, import.meta.url))
  const child = fork(path, [...program.arguments], {
    env: { ...process.env, ...program.environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  child.on('message', program.onMessage)
  const gone = once(child, 'close')
  return {
    process: child,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
