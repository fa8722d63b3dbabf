import { alternate } from './alternate.ts'
import { drainWithEngine } from './engine-run.ts'
import { type Benchmark, medianFigure } from './figure.ts'
import { summarize } from './statistics.ts'

const BATCH_SIZE = 100

/** `durableOverhead`: the time of a drain whose positions go to disk by that of one whose positions go to memory. */
export const durability: Benchmark = async (context) => {
  const backlog = await context.backlog()
  const drain = (durability: 'durable' | 'memory') => ({
    name: `engine, ${durability}`,
    run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE, durability }),
  })
  const pairs = await alternate(context, drain('durable'), drain('memory'))
  const durableOverhead = medianFigure(
    summarize(pairs.map(([durable, memory]) => memory.whole / durable.whole)),
    { unit: 'x', bound: { atMost: 1.05 } },
    {
      steady: summarize(pairs.map(([durable, memory]) => memory.steady / durable.steady)),
      processor: summarize(
        pairs.map(([durable, memory]) => durable.processorUs / memory.processorUs),
      ),
    },
  )
  return { durableOverhead }
}
