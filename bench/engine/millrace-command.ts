import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { nowNs } from '../audit/handler-log.ts'

/** What `millrace` runs. */
export const MILLRACE_MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

/** How `millrace` ended, and how long that took, from the start of the process to its end. */
export type EndedCommand = {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** @unit ms */
  readonly ms: number
}

/** Runs `millrace` as a user would, in a process of its own. */
export async function runMillrace(
  words: readonly string[],
  signal: AbortSignal,
): Promise<EndedCommand> {
  const begunNs = nowNs()
  const child = spawn(process.execPath, [MILLRACE_MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const ended = once(child, 'exit')
  const [stdout, stderr, exited] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended.then(([code]) => ({ exitCode: code as number | null, ms: (nowNs() - begunNs) / 1e6 })),
  ])
  return { ...exited, stdout, stderr }
}
