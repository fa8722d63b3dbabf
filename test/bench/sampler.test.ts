import t from 'tap'
import { memoryOf, readProcessMemory } from '../../bench/measure/process-memory.ts'
import { type Sample, seriesOf } from '../../bench/measure/sample-series.ts'
import { Sampler } from '../../bench/measure/sampler.ts'

const sample = (atMs: number, rest: Partial<Sample> = {}): Sample => ({
  atMs,
  count: 0,
  processorUs: 0,
  anonymousBytes: undefined,
  loopDelayMs: 0,
  gcMs: 0,
  ...rest,
})
const MEBIBYTE = 1024 * 1024

t.test('rates are of the span since the sample before; the rest is of the moment', (t) => {
  const series = seriesOf([
    sample(0, { anonymousBytes: MEBIBYTE }),
    sample(500, {
      ...{ count: 100, processorUs: 250_000, anonymousBytes: 2 * MEBIBYTE },
      ...{ loopDelayMs: 7, gcMs: 50 },
    }),
    sample(1500, { count: 100, processorUs: 2_250_000, gcMs: 50, anonymousBytes: MEBIBYTE }),
  ])
  t.strictSame(series, {
    throughput: [
      [0.5, 200],
      [1.5, 0],
    ],
    processor: [
      [0.5, 50],
      [1.5, 200],
    ],
    gc: [
      [0.5, 10],
      [1.5, 0],
    ],
    memory: [
      [0, 1],
      [0.5, 2],
      [1.5, 1],
    ],
    loopDelay: [
      [0.5, 7],
      [1.5, 0],
    ],
  })
  t.end()
})

t.test('no samples, one, two of one moment, memory that nobody tells', (t) => {
  const none = { throughput: [], processor: [], gc: [], memory: [], loopDelay: [] }
  t.strictSame(seriesOf([]), none)
  t.strictSame(seriesOf([sample(5), sample(5, { count: 9 })]), none)
  t.end()
})

t.test('long runs are thinned: the whole is still counted, the longest delay stays', (t) => {
  const samples = Array.from({ length: 101 }, (_, i) =>
    sample(i * 1000, { count: i * 10, loopDelayMs: i === 42 ? 99 : 1 }),
  )
  const { throughput, loopDelay } = seriesOf(samples, 10)
  t.equal(throughput.length, 10)
  t.ok(throughput.every(([, value]) => value === 10))
  t.strictSame(loopDelay.filter(([, value]) => value === 99).length, 1)
  t.equal(loopDelay.at(-1)![0], 100)
  t.end()
})

t.test('memory of /proc', (t) => {
  t.strictSame(memoryOf('VmRSS:\t    20 kB\nRssAnon:\t   8 kB\n'), {
    anonymous: 8192,
    resident: 20_480,
  })
  t.equal(memoryOf('VmRSS:\t    20 kB\n'), undefined)
  t.equal(readProcessMemory() === undefined, process.platform !== 'linux')
  t.end()
})

t.test('a run of this process is sampled from its first moment to its last', async (t) => {
  let count = 0
  const sampler = Sampler.start({ count: () => count, intervalMs: 1 })
  const garbage: unknown[] = []
  while (count < 1000) {
    garbage[count++ % 100] = new Array(10_000).fill(count)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { seconds, series, summary } = sampler.stop()
  t.ok(seconds > 0)
  t.equal(Math.round(summary.perSecond * seconds), count)
  t.ok(summary.processorPercent > 0)
  t.ok(summary.gcPauses > 0 && summary.gcPauseMsMax > 0 && summary.gcPercent > 0)
  t.ok(summary.loopDelayMsMax >= summary.loopDelayMsP99)
  t.ok(series.throughput.length > 1)
  t.equal(summary.memoryMegabytesMax === null, process.platform !== 'linux')
})
