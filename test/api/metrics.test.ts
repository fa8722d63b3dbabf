import t from 'tap'
import { METRIC_FAMILIES, SHARDS_MAX } from '../../lib/api/metrics/metric-families.ts'
import type { EngineFigures } from '../../lib/engine/measuring/engine-figures.ts'
import { idsOf, openApiEngine } from '../support/api-engine.ts'

const MAPPING = {
  Stream: 'orders',
  FunctionName: 'picky',
  StartingPosition: 'TRIM_HORIZON',
} as const

/** Fails whenever a record is poison. */
const picky = (event: unknown) => {
  if ('Records' in (event as object) && idsOf(event).includes('poison')) throw new Error('never')
}

/** Values by series, as `name{label="value"}`. */
function valuesOf(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, series = '', value] = /^([a-z_]+(?:\{.*\})?) (-?[0-9.e+-]+)$/.exec(line) ?? []
    if (series === '' || values.has(series)) throw new Error(`not of Prometheus: ${line}`)
    values.set(series, Number(value))
  }
  return values
}

t.test('what a mapping has done is counted, under AWS’s names', async (t) => {
  const { engine, put, request } = await openApiEngine(t, {
    functions: { picky },
    mappings: [
      {
        ...MAPPING,
        BatchSize: 1,
        MaximumRetryAttempts: 1,
        FilterCriteria: {
          Filters: [
            { Pattern: '{"dynamodb":{"Keys":{"id":{"S":[{"anything-but":["passed over"]}]}}}}' },
          ],
        },
      },
    ],
  })
  await put('a', 'b', 'poison', 'c', 'passed over')
  await engine.caughtUp()
  const answer = await request('/metrics')
  t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const values = valuesOf(text)
  const uuid = engine.mappings.list()[0]!.UUID
  const of = (name: string, more = '') => values.get(`millrace_${name}{mapping="${uuid}"${more}}`)
  t.equal(of('polled_records_total'), 5)
  t.equal(of('filtered_out_records_total'), 1)
  t.equal(of('invoked_records_total'), 5, 'three once, the poison twice')
  t.equal(of('failed_invoke_records_total'), 2)
  t.equal(of('dropped_records_total'), 1)
  t.equal(of('on_failure_destination_delivered_records_total'), 0)
  t.equal(of('destination_delivery_failures_total'), 0)
  t.equal(of('in_flight_records'), 0)
  t.equal(of('retries_total'), 1)
  t.equal(of('settled_records_total', ',outcome="delivered"'), 3)
  const named = ',function="picky"'
  t.equal(of('invocations_total', named), 5)
  t.equal(of('errors_total', named), 2)
  t.equal(of('throttles_total', named), 0)
  t.equal(of('concurrent_executions', named), 0)
  t.ok(of('duration_seconds_total', named)! >= 0)
  t.ok(
    [...values.keys()].some((key) =>
      key.startsWith(`millrace_iterator_age_seconds{mapping="${uuid}",shard="`),
    ),
  )
  t.equal(values.get('millrace_failed_batches'), 1)
  t.equal(values.get('millrace_ready'), 1)
  t.ok(values.get('process_resident_memory_bytes')! > 0)
  for (const { name, type } of METRIC_FAMILIES)
    t.ok(text.includes(`# TYPE ${name} ${type}\n`), name)
})

t.test('a report that was accepted is counted by its records', async (t) => {
  const { engine, put, request } = await openApiEngine(t, {
    functions: { picky },
    mappings: [
      {
        ...MAPPING,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: `file:${t.testdir()}/failed.ndjson` } },
      },
    ],
  })
  await put('poison', 'taken along')
  await engine.caughtUp()
  const values = valuesOf(await (await request('/metrics')).text())
  const uuid = engine.mappings.list()[0]!.UUID
  t.equal(
    values.get(`millrace_on_failure_destination_delivered_records_total{mapping="${uuid}"}`),
    2,
  )
  t.equal(values.get(`millrace_dropped_records_total{mapping="${uuid}"}`), 2, 'D42')
})

t.test('calls of a function are counted beside its mappings', async (t) => {
  const { engine, request } = await openApiEngine(t, { functions: { picky } })
  await engine.functions.invoke({ functionName: 'picky' })
  await engine.functions.invoke({ functionName: 'picky', payload: 'null' })
  const values = valuesOf(await (await request('/metrics')).text())
  t.equal(values.get('millrace_invocations_total{mapping="",function="picky"}'), 2)
  t.equal(values.get('millrace_errors_total{mapping="",function="picky"}'), 1)
})

t.test('counts do not go back when a mapping changes, and end with it', async (t) => {
  const { engine, put, request } = await openApiEngine(t, { functions: { picky } })
  const { UUID } = await engine.mappings.create({
    EventSourceArn: engine.stream('orders').streamArn,
    FunctionName: 'picky',
    StartingPosition: 'TRIM_HORIZON',
  })
  const read = async (name: string) =>
    valuesOf(await (await request('/metrics')).text()).get(`millrace_${name}{mapping="${UUID}"}`)
  await put('a', 'b')
  await engine.caughtUp()
  t.equal(await read('invoked_records_total'), 2)
  await engine.mappings.update(UUID, { BatchSize: 7 })
  await engine.mappings.waitUntilUpdated(UUID)
  t.equal(await read('invoked_records_total'), 2)
  await put('c')
  await engine.caughtUp()
  t.equal(await read('invoked_records_total'), 3)
  t.equal(await read('polled_records_total'), 3)
  await engine.mappings.delete(UUID)
  await engine.mappings.waitUntilUpdated(UUID)
  t.equal(await read('invoked_records_total'), undefined)
})

t.test(
  'however many shards are read, those that are latest have lines, and no more than a bound',
  (t) => {
    const more = 10
    const shards = Array.from({ length: SHARDS_MAX + more }, (_, i) => ({
      shardId: `shard-${i}`,
      iteratorAgeMs: i,
      runningCount: 0,
      blockedCount: 0,
    }))
    const figures = {
      mappings: [{ uuid: 'm', shards }],
      calls: new Map(),
    } as unknown as EngineFigures
    const samplesOf = (name: string) =>
      METRIC_FAMILIES.find((family) => family.name === name)!.samples(figures)
    const ages = samplesOf('millrace_iterator_age_seconds')
    t.equal(ages.length, SHARDS_MAX)
    t.equal(Math.min(...ages.map(({ value }) => value)), more / 1000)
    t.same(samplesOf('millrace_shards_left_out'), [{ labels: {}, value: more }])
    t.end()
  },
)
