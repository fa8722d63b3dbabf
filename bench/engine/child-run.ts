import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AuditFailure } from '../audit/run-audit.ts'

/**
 * Runs a module of this directory in a process of its own, so that nothing which other measurements left behind is
 * counted.
 * @param name of the module: `NAME-run`. @param plan what the module is told, as JSON.
 * @returns the JSON that it printed. @throws AuditFailure where it failed. @throws the signal's reason.
 */
export async function runInChild<Result>(
  name: string,
  plan: object,
  signal: AbortSignal,
): Promise<Result> {
  const file = fileURLToPath(new URL(`${name}-run.js`, import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const [output, complaint, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  if (exitCode !== 0) throw new AuditFailure(`${name}: the run failed: ${complaint}`)
  return JSON.parse(output) as Result
}
