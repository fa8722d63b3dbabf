import t from 'tap'
import type { Report } from '../../bench/suite/report.ts'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'

t.test('latency and soak work and audit clean; their plots have points', (t) => {
  const words = ['bench', 'latency', 'soak', '--smoke', '--no-java', '--json']
  const { status, stdout, stderr } = millrace(words, t.testdir())
  t.equal(status, 0, stderr)
  const { benchmarks }: Report = JSON.parse(stdout)
  const [latency, soak] = benchmarks as [Report['benchmarks'][number], Report['benchmarks'][number]]
  t.match(latency, { name: 'latency', audit: { runs: 3, lost: 0, repeated: 0 } })
  for (const id of ['putToHandlerP50', 'scheduleToHandlerP50', 'generatorLagP99'])
    t.ok(latency.figures[id]!.value! > 0, id)
  t.match(soak, { name: 'soak', audit: { runs: 1, lost: 0, reordered: 0 } })
  t.ok(soak.audit.deliveries >= 2000)
  t.match(soak.figures['anonymousSlopeAtLeast'], { value: null, passed: null })
  t.ok(soak.figures['recordsPerSecond']!.value! > 0)
  for (const { title, series } of [...latency.plots, ...soak.plots])
    for (const { name, points } of series)
      t.ok(points.length > 1 || title === 'Memory', `${title}: ${name}`)
  t.end()
})

t.test('a soak that is interrupted: 130, and its process ends', async (t) => {
  const words = ['bench', 'soak', '--duration', '1h', '--no-java']
  const running = new RunningMillrace(words, t.testdir())
  await running.says('soak')
  running.signal('SIGINT')
  t.match(await running.ended(), { status: 130, stdout: '' })
})
