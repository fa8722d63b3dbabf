import type { Backlog } from './backlog.ts'
import { drainBare } from './bare-loop.ts'
import { drainWithEngine } from './engine-run.ts'
import type { Drain } from './run-audit.ts'
import { type Summary, summarize } from './statistics.ts'

const BATCH_SIZES = [100, 1000]

export type ThroughputOptions = {
  readonly runs: number
  readonly progress: (line: string) => void
}

/** Two ways to drain the same backlog, and one by the other. @unit records/s */
export type Ratio = {
  readonly ratio: Summary
  /** The same over the whole drain, cold threads and the emptying pipe included. */
  readonly wholeRatio: Summary
  readonly engine: Summary
  readonly bareLoop: Summary
}

/**
 * Engine and bare loop by turns in one process: what else runs on the machine, and its temperature, meet both alike,
 * and each ratio is made of two neighbours. The bare loop's code stays compiled between its runs while the engine's
 * threads begin anew in each; so both are compared between two marks of the count, after a warm-up.
 */
export async function measureThroughput(
  backlog: Backlog,
  { runs, progress }: ThroughputOptions,
): Promise<Readonly<Record<string, Ratio>>> {
  const figures: Record<string, Ratio> = {}
  for (const batchSize of BATCH_SIZES) {
    const pairs: { readonly engine: Drain; readonly bare: Drain }[] = []
    for (let run = 0; run <= runs; run++) {
      const bare = await drainBare(backlog, batchSize)
      const engine = await drainWithEngine(backlog, { batchSize, durability: 'durable' })
      progress(
        `BatchSize ${batchSize}, ${run === 0 ? 'warm-up' : `run ${run}`}: bare ${text(bare)}, engine ${text(engine)}`,
      )
      if (run > 0) pairs.push({ engine, bare })
    }
    figures[`ratio${batchSize}`] = {
      ratio: summarize(pairs.map(({ engine, bare }) => engine.steady / bare.steady)),
      wholeRatio: summarize(pairs.map(({ engine, bare }) => engine.whole / bare.whole)),
      engine: summarize(pairs.map(({ engine }) => engine.steady)),
      bareLoop: summarize(pairs.map(({ bare }) => bare.steady)),
    }
  }
  return figures
}

const text = ({ steady, whole }: Drain): string =>
  `${Math.round(steady)}/s (whole ${Math.round(whole)}/s)`
