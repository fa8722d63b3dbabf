import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { alternate } from './alternate.ts'
import { writeBacklog } from './backlog.ts'
import { drainWithEngine } from './engine-run.ts'
import { type Benchmark, type BenchmarkContext, type Figures, medianFigure } from './figure.ts'
import { createLaneCosts } from './filter-lane.ts'
import { createFilterRates } from './filter-rates.ts'
import { createOrder, STATUS_COUNT, TYPICAL_PATTERN } from './orders.ts'
import { summarize } from './statistics.ts'

const BATCH_SIZE = 100
const COST_BOUND = { atMost: 0.3 }
const RATE_BOUND = { atLeast: 1_000_000 }
/** An order takes up about three times the space of a record of the backlog. */
const BACKLOG_RECORDS_PER_ORDER = 3

/**
 * What a mapping spends that filters out nine records of ten, and delivers the tenth: on each that it filters out, by
 * what it would spend to deliver it. `filteredCost`: in a lane host, which filters, before a function is called;
 * `filteredCostOfAll`: in all threads, with the reading of the stream, which no filter can spare, and with the
 * invocation of a handler that does nothing. `filterRate`: records that one core filters in a second by one field of
 * their bodies; other patterns, and records of other forms, in the details.
 */
export const filter: Benchmark = async (context) => ({
  ...measureLaneCosts(context),
  ...(await measureEngine(context)),
  ...measureRates(context),
})

/** Of each record that is filtered out, from what passes by for each that is delivered. */
function costOf(withFilter: number, delivered: number): number {
  return (withFilter - delivered) / (STATUS_COUNT - 1) / delivered
}

function measureLaneCosts(context: BenchmarkContext): Figures {
  const costs = rounds('lane', createLaneCosts(), context)
  const filteredCost = medianFigure(
    summarize(costs.map(({ some, every }) => costOf(some * STATUS_COUNT, every))),
    { unit: 'x', bound: COST_BOUND },
    {
      processorUsWithFilter: summarize(costs.map(({ some }) => some)),
      processorUsWithoutFilter: summarize(costs.map(({ every }) => every)),
    },
  )
  return { filteredCost }
}

async function measureEngine(context: BenchmarkContext): Promise<Figures> {
  const parent = mkdtempSync(join(context.scratch, 'filter-'))
  try {
    const rows = Math.ceil(context.records / BACKLOG_RECORDS_PER_ORDER / STATUS_COUNT)
    context.progress(`writing ${rows * STATUS_COUNT} orders`)
    const backlog = await writeBacklog(parent, rows * STATUS_COUNT, createOrder)
    const filter = { pattern: TYPICAL_PATTERN, matchingCount: rows }
    const pairs = await alternate(
      context,
      {
        name: 'one order of ten delivered',
        run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE, filter }),
      },
      {
        name: 'every order delivered',
        run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE }),
      },
    )
    const filteredCostOfAll = medianFigure(
      summarize(pairs.map(([some, every]) => costOf(some.processorUs, every.processorUs))),
      { unit: 'x' },
      {
        byTheClock: summarize(
          pairs.map(([some, every]) => costOf(1 / some.steady, 1 / every.steady)),
        ),
        processorUsForEachDelivered: summarize(pairs.map(([some]) => some.processorUs)),
        processorUsWithoutFilter: summarize(pairs.map(([, every]) => every.processorUs)),
      },
    )
    return { filteredCostOfAll }
  } finally {
    rmSync(parent, { recursive: true })
  }
}

function measureRates(context: BenchmarkContext): Figures {
  const rates = rounds('filter rates', createFilterRates(), context)
  const filterRate = medianFigure(
    summarize(rates.map(({ segment }) => segment['typical']!)),
    { unit: 'records/s', bound: RATE_BOUND },
    { ...rates.at(-1) },
  )
  return { filterRate }
}

/** Measures as often as is asked for, after a round that warms up. */
function rounds<Result>(
  name: string,
  measure: () => Result,
  { runs, signal, progress }: BenchmarkContext,
): readonly Result[] {
  measure()
  return Array.from({ length: runs }, (_, run) => {
    signal.throwIfAborted()
    const result = measure()
    progress(`${name}, run ${run + 1}: ${JSON.stringify(result)}`)
    return result
  })
}
