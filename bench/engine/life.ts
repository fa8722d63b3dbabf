import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Ledger } from '../../lib/core/ledger/ledger.ts'
import type { LibraryOptions } from '../../lib/settings/library-options.ts'
import { nowNs } from '../audit/handler-log.ts'
import { AuditFailure } from '../audit/run-audit.ts'

/** What a process that holds an engine is told. */
export type LifePlan = {
  readonly options: LibraryOptions
  /** Where positions and failed batches are, apart from the streams: many runs read the same streams. */
  readonly stateDirectory: string
}

/** What a life says of itself at its end. Times are on the clock of all processes. @unit ns */
export type LifeReport = {
  /** Its program is loaded. */
  readonly loadedNs: number
  readonly openedNs: number
  /** Functions are loaded, reading begins. */
  readonly startedNs: number
  readonly ledger: Ledger
  /** In the store. */
  readonly failedBatches: number
}

/** A life that has ended; without a report it was killed. */
export type Life = { readonly begunNs: number; readonly report?: LifeReport }

/** Starts an engine in a process of its own, and waits for its end. @throws AuditFailure where it failed. */
export async function live(plan: LifePlan, signal: AbortSignal): Promise<Life> {
  const file = join(plan.stateDirectory, 'plan.json')
  writeFileSync(file, JSON.stringify(plan))
  const program = fileURLToPath(new URL('life-run.js', import.meta.url))
  const begunNs = nowNs()
  const child = spawn(process.execPath, [program, file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const [[exitCode, killedBy], output, complaint] = await Promise.all([
    once(child, 'exit'),
    text(child.stdout),
    text(child.stderr),
  ])
  if (killedBy === 'SIGKILL') return { begunNs }
  if (exitCode !== 0) throw new AuditFailure(`an engine of its own process failed: ${complaint}`)
  return { begunNs, report: JSON.parse(output) }
}
