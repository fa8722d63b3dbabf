import { alternate } from './alternate.ts'
import { drainBare } from './bare-loop.ts'
import { drainWithEngine, drainWithWitness } from './engine-run.ts'
import type { Benchmark, Figure } from './figure.ts'
import { medianFigure } from './figure.ts'
import { summarize } from './statistics.ts'

const BATCH_SIZES = [100, 1000] as const

/**
 * `ratio`: the engine's throughput by that of the bare loop, design §3's bar.
 *
 * The code of the bare loop stays compiled from one run to the next while the engine's threads begin anew in each, so
 * both are compared between two marks of the handlers' count, where both are warm and the engine's read-ahead is as
 * full at the second as at the first: nothing that was done before the clock is counted. The same over the whole drain
 * is in the details, and so is the processor time of a record, which tells more than a clock on a busy machine.
 */
export const ratio: Benchmark = async (context) => {
  const backlog = await context.backlog()
  const figures: Record<string, Figure> = {}
  for (const batchSize of BATCH_SIZES) {
    await drainWithWitness(backlog, batchSize)
    const pairs = await alternate(
      context,
      {
        name: `engine, BatchSize ${batchSize}`,
        run: () => drainWithEngine(backlog, { batchSize }),
      },
      { name: `bare loop, events of ${batchSize}`, run: () => drainBare(backlog, batchSize) },
    )
    figures[batchSize === 100 ? 'ratio' : `ratio${batchSize}`] = medianFigure(
      summarize(pairs.map(([engine, bare]) => engine.steady / bare.steady)),
      { unit: 'x', bound: { atLeast: 1.2, aim: 1.5 } },
      {
        wholeDrain: summarize(pairs.map(([engine, bare]) => engine.whole / bare.whole)),
        engineRecordsPerSecond: summarize(pairs.map(([engine]) => engine.steady)),
        bareLoopRecordsPerSecond: summarize(pairs.map(([, bare]) => bare.steady)),
        engineProcessorUsPerRecord: summarize(pairs.map(([engine]) => engine.processorUs)),
        bareLoopProcessorUsPerRecord: summarize(pairs.map(([, bare]) => bare.processorUs)),
      },
    )
  }
  return figures
}
