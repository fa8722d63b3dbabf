import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Drain } from './audit/run-audit.ts'
import { drainWithEngine } from './engine/drain.ts'
import { type Backlog, writeBacklog } from './load/backlog.ts'
import { createOrder, ORDER_FILTERS, type OrderFilter, orderKeyNumber } from './load/orders.ts'
import { createLaneCosts } from './micro/filter-lane.ts'
import { createFilterRates } from './micro/filter-rates.ts'
import { alternate } from './suite/alternate.ts'
import { type BenchmarkContext, benchmark, type Plot } from './suite/benchmark.ts'
import type { Measured } from './suite/figure.ts'
import { summarize } from './suite/statistics.ts'

const BATCH_SIZE = 100
/** An order takes up about three times the space of a record of the backlog. */
const BACKLOG_RECORDS_PER_ORDER = 3
const ORDERS_SMOKE = 2000
const PASSES_SMOKE = 1
/** Orders are written in rows, of which each filter lets the same share pass. */
const ROW = 100
const COST_BOUND = { atMost: 0.3 } as const

const polledAt = (percent: number) =>
  ({
    unit: 'x',
    meaning: `processor time of a record that is read, ${percent} % of them filtered out, by that of one where there is no filter`,
  }) as const

/** Orders, of which a field equal to a text lets some pass; the handler does nothing. */
export const filters = benchmark({
  name: 'filters',
  question: 'What does a filter cost?',
  figures: {
    filteredCost: {
      unit: 'x',
      meaning:
        'processor time in a lane host of a record that is filtered out by that of one that is delivered, without the call',
      bound: COST_BOUND,
    },
    filteredCostOfAll: {
      unit: 'x',
      meaning:
        'the same in all threads, with the reading of the stream, and with the call of a handler: 90 % filtered out',
      bound: COST_BOUND,
    },
    polledAt0: polledAt(0),
    polledAt50: polledAt(50),
    polledAt90: polledAt(90),
    polledAt99: polledAt(99),
    filterRate: {
      unit: 'records/s',
      meaning: 'records of an embedded stream that one core filters in a second by one field',
      bound: { atLeast: 1_000_000 },
    },
    filterRateDynamoDbJson: {
      unit: 'records/s',
      meaning: 'the same, of records as a DynamoDB server sends them',
    },
  },
  async run(context) {
    const filteredCost = measureLaneCosts(context)
    const byPercent = await measureDrains(context)
    const at = (percent: number): Measured => polledFigure(byPercent.get(percent)!, percent)
    return {
      figures: {
        filteredCost,
        filteredCostOfAll: filteredFigure(byPercent.get(90)!, 90),
        polledAt0: at(0),
        polledAt50: at(50),
        polledAt90: at(90),
        polledAt99: at(99),
        ...measureRates(context),
      },
      plots: [plotOf(byPercent)],
    }
  },
})

/** A drain with a filter, and its neighbour without. */
type Pair = readonly [filtering: Drain, every: Drain]

async function measureDrains(
  context: BenchmarkContext,
): Promise<ReadonlyMap<number, readonly Pair[]>> {
  const parent = mkdtempSync(join(context.scratch, 'filters-'))
  const wanted = context.smoke ? ORDERS_SMOKE : context.records / BACKLOG_RECORDS_PER_ORDER
  const recordCount = Math.ceil(wanted / ROW) * ROW
  context.progress(`writing ${recordCount} orders`)
  const written = await writeBacklog(parent, recordCount, { create: createOrder })
  const backlog = { ...written, workload: { keyNumberOf: orderKeyNumber } }
  const every = {
    name: 'every order delivered',
    run: () => drainWithEngine(backlog, { batchSize: BATCH_SIZE }, context),
  }
  const byPercent = new Map<number, readonly Pair[]>()
  for (const filter of ORDER_FILTERS) {
    const filtering = {
      name: `${filter.filteredPercent} % of the orders filtered out`,
      run: () => drainFiltered(context, backlog, filter),
    }
    byPercent.set(filter.filteredPercent, await alternate(context, filtering, every))
  }
  rmSync(parent, { recursive: true })
  return byPercent
}

function drainFiltered(
  context: BenchmarkContext,
  backlog: Backlog,
  { filteredPercent, pattern, passes }: OrderFilter,
): Promise<Drain> {
  const mapping = { FilterCriteria: { Filters: [{ Pattern: pattern }] } }
  const filtered = {
    count: Math.round((backlog.recordCount * filteredPercent) / 100),
    isFiltered: (index: number) => !passes(index),
  }
  return drainWithEngine(backlog, { batchSize: BATCH_SIZE, mapping, filtered }, context)
}

/**
 * Of a record that is filtered out, by that of one that is delivered. A drain counts what it delivers.
 * @param some cost for each that is delivered where others are filtered out. @param every the same without a filter.
 */
export function costOfFiltered(some: number, every: number, filteredPercent: number): number {
  const filteredForEach = filteredPercent / (100 - filteredPercent)
  return (some - every) / filteredForEach / every
}

/** Of a record that is read, whether it is delivered or not. Otherwise as {@link costOfFiltered}. */
export const costOfPolled = (some: number, every: number, filteredPercent: number): number =>
  (some * (1 - filteredPercent / 100)) / every

type Cost = typeof costOfPolled

const byProcessor = (pairs: readonly Pair[], percent: number, cost: Cost) =>
  summarize(pairs.map(([some, every]) => cost(some.processorUs, every.processorUs, percent)))

const byClock = (pairs: readonly Pair[], percent: number, cost: Cost) =>
  summarize(pairs.map(([some, every]) => cost(1 / some.steady, 1 / every.steady, percent)))

const filteredFigure = (pairs: readonly Pair[], percent: number): Measured => ({
  summary: byProcessor(pairs, percent, costOfFiltered),
  details: {
    byTheClock: byClock(pairs, percent, costOfFiltered),
    processorUsForEachDelivered: summarize(pairs.map(([some]) => some.processorUs)),
    processorUsWithoutFilter: summarize(pairs.map(([, every]) => every.processorUs)),
  },
})

const polledFigure = (pairs: readonly Pair[], percent: number): Measured => ({
  summary: byProcessor(pairs, percent, costOfPolled),
  details: { byTheClock: byClock(pairs, percent, costOfPolled) },
})

const plotOf = (byPercent: ReadonlyMap<number, readonly Pair[]>): Plot => ({
  title: 'Cost of a record that is read, by how many are filtered out',
  x: { label: '% filtered out' },
  y: { label: 'by a delivered record without filter' },
  series: (
    [
      ['processor time', byProcessor],
      ['by the clock', byClock],
    ] as const
  ).map(([name, costs]) => ({
    name,
    points: [...byPercent].map(
      ([percent, pairs]) => [percent, costs(pairs, percent, costOfPolled).median] as const,
    ),
  })),
})

function measureLaneCosts(context: BenchmarkContext): Measured {
  const costs = rounds('lane', createLaneCosts(passesOf(context)), context)
  // Here the cost of a record that is read is known, of which nine of ten are filtered out.
  const ofFiltered = ({ some, every }: (typeof costs)[number]) =>
    costOfFiltered(some * 10, every, 90)
  return {
    summary: summarize(costs.map(ofFiltered)),
    details: {
      processorUsWithFilter: summarize(costs.map(({ some }) => some)),
      processorUsWithoutFilter: summarize(costs.map(({ every }) => every)),
    },
  }
}

function measureRates(context: BenchmarkContext) {
  const rates = rounds('filter rates', createFilterRates(passesOf(context)), context)
  const rate = (form: 'segment' | 'dynamodbJson'): Measured => ({
    summary: summarize(rates.map((round) => round[form]['typical']!)),
    details: { byPattern: rates.at(-1)![form] },
  })
  return { filterRate: rate('segment'), filterRateDynamoDbJson: rate('dynamodbJson') }
}

const passesOf = ({ smoke }: BenchmarkContext): number | undefined =>
  smoke ? PASSES_SMOKE : undefined

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
