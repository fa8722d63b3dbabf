import { setTimeout as delay } from 'node:timers/promises'
import { drawShare } from '../load/draw.ts'

/** What a handler of the suite does with a batch, besides writing it down. Nothing by default. */
export type Behaviour = {
  /** Waits, as one does that calls a service. @unit ms */
  readonly waitMs?: number
  /** Computes for so long. @unit ms */
  readonly spinMs?: number
  /** Records that fail whenever they come. */
  readonly poison?: { readonly share: number; readonly seed: number }
  /** Tells of the first poison record in `batchItemFailures`, instead of failing as a whole. */
  readonly partial?: boolean
  /** Share of the invocations that fail, whatever is in them. */
  readonly failingShare?: number
  /** Writes down what it sees in this file, which outlives the process, and not in shared memory. */
  readonly logFile?: string
  /** Kills its process, as `kill -9` does, when it is given the record of this number or a later one. */
  readonly dieAt?: number
  /** Answers with a state of this size, as JSON, in a tumbling window. @unit bytes */
  readonly stateBytes?: number
}

/** Whether {@link Behaviour.poison} makes the record fail. */
export function isPoison({ poison }: Behaviour, record: number): boolean {
  return poison !== undefined && drawShare(poison.seed, record) < poison.share
}

/** Ends the process in the midst of an invocation, if it is told to. */
export function maybeDie({ dieAt }: Behaviour, records: readonly number[]): void {
  if (dieAt !== undefined && records.some((record) => record >= dieAt))
    process.kill(process.pid, 'SIGKILL')
}

export function spin(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** @returns at once where it need not wait. */
export async function linger({ waitMs, spinMs }: Behaviour): Promise<void> {
  if (spinMs) spin(spinMs)
  if (waitMs) await delay(waitMs)
}
