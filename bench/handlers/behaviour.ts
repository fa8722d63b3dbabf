import { setTimeout as delay } from 'node:timers/promises'
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
}

/** Whether {@link Behaviour.poison} makes the record fail. */
export function isPoison({ poison }: Behaviour, record: number): boolean {
  return poison !== undefined && drawShare(poison.seed, record) < poison.share
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
