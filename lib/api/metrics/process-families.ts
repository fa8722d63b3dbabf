import type { MetricFamily } from './metric-families.ts'

const ofProcess = (
  named: Pick<MetricFamily, 'name' | 'help' | 'type'>,
  measure: () => number,
): MetricFamily => ({
  ...named,
  labelNames: [],
  samples: () => [{ labels: {}, value: measure() }],
})

/** Of the process, under the names that Prometheus's own clients give them. */
export const PROCESS_FAMILIES: readonly MetricFamily[] = [
  ofProcess(
    {
      name: 'process_cpu_seconds_total',
      help: 'Processor time, of all threads.',
      type: 'counter',
    },
    () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
  ),
  ofProcess({ name: 'process_resident_memory_bytes', help: 'Memory in use.', type: 'gauge' }, () =>
    process.memoryUsage.rss(),
  ),
  ofProcess(
    {
      name: 'process_start_time_seconds',
      help: 'When the process began, in seconds since 1970.',
      type: 'gauge',
    },
    () => performance.timeOrigin / 1000,
  ),
]
