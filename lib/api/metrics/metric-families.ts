import type { EngineFigures, MeasuredMapping } from '../../engine/measuring/engine-figures.ts'

/** One line of the text: a value, and whose it is. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** A metric, and where its values come from. */
export type MetricFamily = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly labelNames: readonly string[]
  samples(figures: EngineFigures): readonly Sample[]
}

/** Shards that have lines of their own: those beyond are left out, the least late of them. @unit shards @source contract §6 */
export const SHARDS_MAX = 5000

type Shard = MeasuredMapping['shards'][number]
type MappingValue = (mapping: MeasuredMapping) => number
type Named = Pick<MetricFamily, 'name' | 'help'>

/** A count that only grows, one for each mapping. */
const counted = (name: string, help: string, measure: MappingValue): MetricFamily => ({
  ...perMapping({ name: `millrace_${name}_total`, help }, measure),
  type: 'counter',
})

function perMapping(named: Named, measure: MappingValue): MetricFamily {
  return {
    ...named,
    type: 'gauge',
    labelNames: ['mapping'],
    samples: ({ mappings }) =>
      mappings.map((mapping) => ({ labels: { mapping: mapping.uuid }, value: measure(mapping) })),
  }
}

function perShard(named: Named, measure: (shard: Shard) => number | undefined): MetricFamily {
  return {
    ...named,
    type: 'gauge',
    labelNames: ['mapping', 'shard'],
    samples: (figures) =>
      shownShards(figures).flatMap(({ uuid, shard }) => {
        const value = measure(shard)
        const labels = { mapping: uuid, shard: shard.shardId }
        return value === undefined ? [] : [{ labels, value }]
      }),
  }
}

/** Metrics of AWS that have a function's name: of mappings, and of calls without one, whose `mapping` is empty. */
function perFunction(
  named: Named & Pick<MetricFamily, 'type'>,
  measure: MappingValue,
  called: 'invocations' | 'errors' | 'throttles' | 'durationMs' | 'running',
): MetricFamily {
  const scale = called === 'durationMs' ? 1000 : 1
  return {
    ...named,
    labelNames: ['mapping', 'function'],
    samples: ({ mappings, calls }) => [
      ...mappings.map((mapping) => {
        const labels = { mapping: mapping.uuid, function: mapping.functionName }
        return { labels, value: measure(mapping) }
      }),
      ...Array.from(calls, ([name, call]) => {
        return { labels: { mapping: '', function: name }, value: call[called] / scale }
      }),
    ],
  }
}

function ofEngine(
  named: Named & Pick<MetricFamily, 'type'>,
  measure: (figures: EngineFigures) => number,
): MetricFamily {
  return {
    ...named,
    labelNames: [],
    samples: (figures) => [{ labels: {}, value: measure(figures) }],
  }
}

/** Those that are latest come first, where there are too many. */
function shownShards({ mappings }: EngineFigures) {
  const all = mappings.flatMap(({ uuid, shards }) => shards.map((shard) => ({ uuid, shard })))
  if (all.length <= SHARDS_MAX) return all
  const ageOf = ({ shard }: (typeof all)[number]) => shard.iteratorAgeMs ?? 0
  return all.sort((a, b) => ageOf(b) - ageOf(a)).slice(0, SHARDS_MAX)
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** The ledger of a mapping, by outcome. @source contract §7 */
const LEDGER: MetricFamily = {
  name: 'millrace_settled_records_total',
  help: 'Records that need no more work, by how they ended: the ledger.',
  type: 'counter',
  labelNames: ['mapping', 'outcome'],
  samples: ({ mappings }) =>
    mappings.flatMap(({ uuid, ledger }) =>
      (['delivered', 'filtered', 'sent', 'dropped'] as const).map((outcome) => {
        return { labels: { mapping: uuid, outcome }, value: ledger[outcome] }
      }),
    ),
}

const INFO: MetricFamily = {
  name: 'millrace_mapping_info',
  help: 'Always 1: what a mapping reads and calls, and its state.',
  type: 'gauge',
  labelNames: ['mapping', 'event_source', 'function', 'state'],
  samples: ({ mappings }) =>
    mappings.map(({ uuid, eventSource, functionName, state }) => {
      const labels = { mapping: uuid, event_source: eventSource, function: functionName, state }
      return { labels, value: 1 }
    }),
}

/** All of `/metrics`. Names of AWS's metrics in snake case, with base units. @source contract §6; aws-semantics §8 */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  counted('polled_records', 'Records read, each once (PolledEventCount).', (m) => m.ledger.polled),
  counted(
    'filtered_out_records',
    'Records that no pattern matched (FilteredOutEventCount).',
    (m) => m.ledger.filtered,
  ),
  counted(
    'invoked_records',
    'Records handed to the function, those of a retry again (InvokedEventCount).',
    (m) => m.work.invoked,
  ),
  counted(
    'failed_invoke_records',
    'Records in invocations that failed (FailedInvokeEventCount).',
    (m) => m.work.failed,
  ),
  counted(
    'dropped_records',
    'Records given up, with a destination or without (DroppedEventCount, D42).',
    (m) => m.ledger.sent + m.ledger.dropped,
  ),
  counted(
    'on_failure_destination_delivered_records',
    'Records given up whose report was accepted (OnFailureDestinationDeliveredEventCount).',
    (m) => m.deliveries.deliveredRecords,
  ),
  counted(
    'destination_delivery_failures',
    'Deliveries of reports that failed, and are tried again (DestinationDeliveryFailures).',
    (m) => m.deliveries.failures,
  ),
  LEDGER,
  perMapping(
    { name: 'millrace_in_flight_records', help: 'Records read and not settled.' },
    (m) => m.ledger.inFlight,
  ),
  counted('retries', 'Attempts with a batch that had failed before.', (m) => m.ledger.retries),
  counted('splits', 'Batches halved after a failure.', (m) => m.ledger.splits),
  perFunction(
    { name: 'millrace_invocations_total', help: 'Invocations (Invocations).', type: 'counter' },
    (m) => m.ledger.invocations,
    'invocations',
  ),
  perFunction(
    {
      name: 'millrace_errors_total',
      help: 'Invocations that ended with a function error (Errors).',
      type: 'counter',
    },
    (m) => m.work.errors,
    'errors',
  ),
  perFunction(
    {
      name: 'millrace_throttles_total',
      help: 'Invocations that did not begin, as the concurrency was used up (Throttles).',
      type: 'counter',
    },
    (m) => m.work.throttles,
    'throttles',
  ),
  perFunction(
    {
      name: 'millrace_duration_seconds_total',
      help: 'Time of all invocations together (Duration).',
      type: 'counter',
    },
    (m) => m.work.durationMs / 1000,
    'durationMs',
  ),
  perFunction(
    {
      name: 'millrace_concurrent_executions',
      help: 'Invocations that run now (ConcurrentExecutions).',
      type: 'gauge',
    },
    (m) => sumOf(m.shards.map(({ runningCount }) => runningCount)),
    'running',
  ),
  perShard(
    {
      name: 'millrace_iterator_age_seconds',
      help: 'From the arrival of a batch’s last record to its invocation (IteratorAge).',
    },
    ({ iteratorAgeMs }) => (iteratorAgeMs === undefined ? undefined : iteratorAgeMs / 1000),
  ),
  perShard(
    {
      name: 'millrace_behind_records',
      help: 'Records of the shard that are not settled, where the source can tell.',
    },
    ({ recordsBehind }) => recordsBehind,
  ),
  perMapping(
    {
      name: 'millrace_blocked_lanes',
      help: 'Lanes whose first record does not settle, as attempts with it fail.',
    },
    (m) => sumOf(m.shards.map(({ blockedCount }) => blockedCount)),
  ),
  INFO,
  ofEngine(
    {
      name: 'millrace_shards_left_out',
      help: 'Shards being read beyond those that have lines here.',
      type: 'gauge',
    },
    ({ mappings }) => Math.max(0, sumOf(mappings.map((m) => m.shards.length)) - SHARDS_MAX),
  ),
  ofEngine(
    { name: 'millrace_failed_batches', help: 'Failed batches that are kept.', type: 'gauge' },
    ({ failedBatches }) => failedBatches.count,
  ),
  ofEngine(
    { name: 'millrace_failed_batches_bytes', help: 'Room that they take.', type: 'gauge' },
    ({ failedBatches }) => failedBatches.bytes,
  ),
  ofEngine(
    {
      name: 'millrace_failed_batches_purged_total',
      help: 'Failed batches purged, as there was no room.',
      type: 'counter',
    },
    ({ failedBatches }) => failedBatches.purgedCount,
  ),
  ofEngine(
    {
      name: 'millrace_outbox_blocked',
      help: '1 while reports wait and no destination takes any.',
      type: 'gauge',
    },
    ({ isOutboxBlocked }) => (isOutboxBlocked ? 1 : 0),
  ),
  ofEngine(
    {
      name: 'millrace_redriven_records_total',
      help: 'Records that redrives have settled.',
      type: 'counter',
    },
    ({ redrivenRecords }) => redrivenRecords,
  ),
  ofEngine(
    {
      name: 'millrace_read_ahead_bytes',
      help: 'Records on their way to handlers.',
      type: 'gauge',
    },
    ({ readAheadBytes }) => readAheadBytes,
  ),
  ofEngine(
    { name: 'millrace_threads', help: 'Threads that run functions.', type: 'gauge' },
    ({ threads }) => threads,
  ),
]
