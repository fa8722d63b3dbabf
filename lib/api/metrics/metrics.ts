import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Registry } from 'prom-client'
import type { EngineFigures } from '../../engine/measuring/engine-figures.ts'
import type { ApiParts } from '../api-parts.ts'
import { METRIC_FAMILIES, type MetricFamily, type Sample } from './metric-families.ts'
import { PROCESS_FAMILIES } from './process-families.ts'

type Asked = Pick<ApiParts, 'engine' | 'problems'>

/** `GET /metrics`: Prometheus's text, of the engine's own counters when it is asked for. @source contract §5, §6 */
export function registerMetrics(fastify: FastifyInstance, parts: Asked): void {
  let gathering: Promise<string> | undefined
  fastify.get('/metrics', async (_, reply) => {
    // Who asks at the same time is told the same: scrapers must not add up to a load.
    gathering ??= gather(parts).finally(() => {
      gathering = undefined
    })
    reply.type(Registry.PROMETHEUS_CONTENT_TYPE)
    return gathering
  })
}

async function gather({ engine, problems }: Asked): Promise<string> {
  const figures = engine.figures()
  const ready: MetricFamily = {
    name: 'millrace_ready',
    help: '1 when /readyz says ready.',
    type: 'gauge',
    labelNames: [],
    samples: () => [{ labels: {}, value: problems().length === 0 ? 1 : 0 }],
  }
  return metricsText([ready, ...METRIC_FAMILIES, ...PROCESS_FAMILIES], figures)
}

/** One family after the other: with thousands of mappings, other requests have their turn in between. */
async function metricsText(
  families: readonly MetricFamily[],
  figures: EngineFigures,
): Promise<string> {
  let text = ''
  for (const family of families) {
    text += await familyText(family, family.samples(figures))
    await nextTurn()
  }
  return text
}

function familyText(
  { name, help, type, labelNames }: MetricFamily,
  samples: readonly Sample[],
): Promise<string> {
  const registry = new Registry()
  const options = { name, help, labelNames: [...labelNames], registers: [registry] }
  const metric: { inc(labels: Sample['labels'], value: number): void } =
    type === 'counter' ? new Counter(options) : new Gauge(options)
  for (const { labels, value } of samples) metric.inc(labels, value)
  return registry.metrics()
}
