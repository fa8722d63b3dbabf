import { readFileSync } from 'node:fs'

/** How still the machine was about a benchmark. */
export type Noise = {
  /** How much longer equal pieces of work took than the quickest of them, nine in ten at most. @unit % */
  readonly spinSpread: number
  /** Processor time that the host gave to other machines meanwhile; `null` where the system does not tell. @unit % */
  readonly stolen: number | null
}

/** Load average above which others take a visible part of the processors. */
const LOAD_QUIET = 0.5
/** @unit % */
const SPIN_SPREAD_QUIET = 15
/** @unit % */
const STOLEN_QUIET = 1

/** Pieces of a spin, and how long one is meant to take: short enough that a quiet machine does not interrupt most. */
const PIECES = 30
const PIECE_MS = 2
const SPREAD_SHARE = 0.9

/** What is to be known before figures of a machine with this load average are believed. */
export function loadWarnings(loadBefore: number): readonly string[] {
  return loadBefore > LOAD_QUIET
    ? [
        `the load of this machine was ${loadBefore.toFixed(1)} before the run: others take part in it`,
      ]
    : []
}

/** What is to be known of a benchmark's figures. */
export function noiseWarnings(name: string, { spinSpread, stolen }: Noise): readonly string[] {
  const warnings: string[] = []
  if (spinSpread > SPIN_SPREAD_QUIET)
    warnings.push(
      `${name}: before it, equal pieces of work took up to ${spinSpread.toFixed(0)} % longer than the quickest: the machine is noisy`,
    )
  if (stolen !== null && stolen > STOLEN_QUIET)
    warnings.push(`${name}: the host took ${stolen.toFixed(1)} % of the processors away meanwhile`)
  return warnings
}

/** Looks at the machine now. @returns asks for what came of it, when the benchmark is over. */
export function watchNoise(): () => Noise {
  const spinSpread = spreadOf(timeSpins())
  const before = readTicks()
  return () => ({ spinSpread, stolen: stolenBetween(before, readTicks()) })
}

/** @param durations of equal pieces of work. @unit % */
export function spreadOf(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b)
  const slow = sorted[Math.floor((sorted.length - 1) * SPREAD_SHARE)]!
  return (slow / sorted[0]! - 1) * 100
}

/** Clock ticks of all processors since the machine started. */
export type Ticks = { readonly stolen: number; readonly total: number }

/** @param stat what `/proc/stat` holds. @source proc(5): user nice system idle iowait irq softirq steal */
export function ticksOf(stat: string): Ticks | undefined {
  const [, line] = /^cpu +([\d ]+)$/m.exec(stat) ?? []
  if (line === undefined) return undefined
  // What guests used, which comes after these, is counted in user and nice.
  const ticks = line.trim().split(/ +/).slice(0, 8).map(Number)
  return { stolen: ticks[7] ?? 0, total: ticks.reduce((sum, count) => sum + count, 0) }
}

/** @unit % */
export function stolenBetween(before: Ticks | undefined, after: Ticks | undefined): number | null {
  if (!before || !after) return null
  const total = after.total - before.total
  return total === 0 ? 0 : ((after.stolen - before.stolen) / total) * 100
}

function readTicks(): Ticks | undefined {
  try {
    return ticksOf(readFileSync('/proc/stat', 'utf8'))
  } catch {
    return undefined
  }
}

/** Durations of pieces that are equal and were measured warm. @unit ms */
function timeSpins(): readonly number[] {
  const rounds = calibrate()
  return Array.from({ length: PIECES }, () => timeRounds(rounds))
}

/** How many rounds make a piece, on this machine. */
function calibrate(): number {
  let rounds = 1000
  while (timeRounds(rounds) < PIECE_MS) rounds *= 2
  return rounds
}

function timeRounds(rounds: number): number {
  const begunMs = performance.now()
  let mixed = rounds
  for (let i = 0; i < rounds; i++) mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  const tookMs = performance.now() - begunMs
  // Without a use of what is computed, the compiler would leave the work out.
  return mixed === rounds ? tookMs + Number.EPSILON : tookMs
}
