import { EXIT_CODE, type ExitCode } from './exit-code.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export type StopSignal = {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  /** Exit code of a command that was interrupted; `undefined` while it was not. */
  readonly exitCode: ExitCode | undefined
  /** Stops listening. */
  [Symbol.dispose](): void
}

type SignalSource = Pick<NodeJS.Process, 'on' | 'off'>

/**
 * Listens for SIGINT and SIGTERM while a command runs. The first one asks it to stop by `signal`;
 * a second one ends the process at once.
 *
 * @source contract §2
 */
export function listenForStop(
  source: SignalSource = process,
  endAtOnce: (code: ExitCode) => void = (code) => process.exit(code),
): StopSignal {
  const stop = new AbortController()
  let exitCode: ExitCode | undefined
  const received = (name: NodeJS.Signals) => {
    const code = name === 'SIGINT' ? EXIT_CODE.interrupted : EXIT_CODE.terminated
    if (exitCode !== undefined) return endAtOnce(code)
    exitCode = code
    stop.abort(new Error(name))
  }
  for (const name of SIGNALS) source.on(name, received)
  return {
    signal: stop.signal,
    get exitCode() {
      return exitCode
    },
    [Symbol.dispose]() {
      for (const name of SIGNALS) source.off(name, received)
    },
  }
}
