import { setTimeout as delay } from 'node:timers/promises'
import { unreachable } from '../../lib/core/invariant.ts'
import { draw, drawShare } from '../load/draw.ts'

const SPIN_TRIALS = 10
const SPIN_TRIAL_ROUNDS = 1_000_000

/** What a handler of the suite does with a batch, besides writing it down. Nothing by default. */
export type Behaviour = {
  /** Waits, as one does that calls a service. @unit ms */
  readonly waitMs?: number
  /** Computes for so long by the clock, which runs for all threads at once. @unit ms */
  readonly spinMs?: number
  /** Computes so much: the same work however many threads share the processors. See {@link roundsPerMs}. */
  readonly spinRounds?: number
  /** Records that fail whenever they come. */
  readonly poison?: { readonly share: number; readonly seed: number }
  /** Tells of the first poison record in `batchItemFailures`, instead of failing as a whole. */
  readonly partial?: boolean
  /** Share of the invocations that fail, whatever is in them. */
  readonly failingShare?: number
  /** One in so many invocations, of all threads together, never answers; the ways take turns. */
  readonly silence?: { readonly every: number; readonly ways: readonly WayToFallSilent[] }
  /** Writes down what it sees in this file, which outlives the process, and not in shared memory. */
  readonly logFile?: string
  /** Kills its process, as `kill -9` does, when it is given the record of this number or a later one. */
  readonly dieAt?: number
  /** Answers with a state of this size, as JSON, in a tumbling window. @unit bytes */
  readonly stateBytes?: number
}

/**
 * `exit`: the thread ends itself. `crash`: an error leaves the handler's stack and nobody catches it. `hang`: it waits for
 * longer than the function may. `block`: it computes for ever, so that nothing else runs in its thread.
 */
export type WayToFallSilent = 'exit' | 'crash' | 'hang' | 'block'

const EXIT_CODE = 3
const HANG_MS = 3_600_000

/** Whether {@link Behaviour.poison} makes the record fail. */
export function isPoison({ poison }: Behaviour, record: number): boolean {
  return poison !== undefined && drawShare(poison.seed, record) < poison.share
}

/** Ends an invocation without an answer. */
export async function fallSilent(way: WayToFallSilent): Promise<never> {
  switch (way) {
    case 'exit':
      return process.exit(EXIT_CODE)
    case 'crash':
      setImmediate(() => {
        throw new Error('a crash that was asked for')
      })
      break
    case 'block':
      while (true);
    case 'hang':
      break
    default:
      return unreachable(way)
  }
  // The timer keeps the event loop busy: it looks as if there were still something to come.
  await delay(HANG_MS)
  throw new Error('no function may take so long')
}

/** @returns how the invocation of this turn, from 1, is to end without an answer; most are not. */
export function wayToFallSilent({ silence }: Behaviour, turn: number): WayToFallSilent | undefined {
  if (!silence || turn % silence.every !== 0) return undefined
  return silence.ways[(turn / silence.every - 1) % silence.ways.length]
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

/** @returns what came out, so that no compiler leaves the work out. */
export function spinRounds(rounds: number): number {
  let drawn = rounds
  for (let i = 0; i < rounds; i++) drawn = draw(drawn, i)
  return drawn
}

/** Rounds of {@link spinRounds} that one processor of this machine computes in a millisecond, at best. */
export function roundsPerMs(): number {
  let best = 0
  for (let i = 0; i < SPIN_TRIALS; i++) {
    const begunMs = performance.now()
    spinRounds(SPIN_TRIAL_ROUNDS)
    best = Math.max(best, SPIN_TRIAL_ROUNDS / (performance.now() - begunMs))
  }
  return Math.round(best)
}

/** @returns at once where it need not wait. */
export async function linger({ waitMs, spinMs, spinRounds: rounds }: Behaviour): Promise<void> {
  if (spinMs) spin(spinMs)
  if (rounds) spinRounds(rounds)
  if (waitMs) await delay(waitMs)
}
