import type { Backlog } from '../load/backlog.ts'
import type { BenchmarkContext } from '../suite/benchmark.ts'
import type { FigureRule, Measured } from '../suite/figure.ts'
import { summarize } from '../suite/statistics.ts'
import { runInChild } from './child-run.ts'
import type { MemoryPlan, MemoryRun, MemorySample } from './memory-run.ts'

const MEBIBYTE = 1024 * 1024

export const RESIDENT = {
  unit: 'MB',
  meaning:
    'most RssAnon while the backlog is drained, in a process of its own, without the mapped file',
  bound: { atMost: 400 },
} satisfies FigureRule

export const GROWTH = {
  unit: 'x',
  meaning: 'RssAnon in the last third of that drain by that in the middle third',
  bound: { atMost: 1.15 },
} satisfies FigureRule

/**
 * Drains the backlog in a process of its own, so that nothing which other measurements left behind is counted. RssAnon
 * leaves out the mapped file, which the kernel may take back at any time; the whole stands beside it.
 * @throws AuditFailure
 */
export async function measureMemory(
  { runs, seed, signal, progress, audited }: BenchmarkContext,
  backlog: Backlog,
): Promise<{ readonly residentMegabytes: Measured; readonly residentGrowth: Measured }> {
  if (process.platform !== 'linux') {
    const missing = { missing: 'RssAnon is read from /proc, which only Linux has' }
    return { residentMegabytes: missing, residentGrowth: missing }
  }
  const drains: (readonly MemorySample[])[] = []
  for (let run = 1; run <= runs; run++) {
    signal.throwIfAborted()
    const { directory, recordCount } = backlog
    const plan: MemoryPlan = { directory, recordCount, seed }
    const { samples, findings } = await runInChild<MemoryRun>('memory', plan, signal)
    audited(findings)
    drains.push(samples)
    progress(`memory, run ${run}: RssAnon at most ${peak(samples, 'anonymous').toFixed(0)} MB`)
  }
  const growths = drains.flatMap((samples) => growth(samples, backlog.recordCount) ?? [])
  return {
    residentMegabytes: {
      summary: summarize(drains.map((samples) => peak(samples, 'anonymous'))),
      details: {
        withMappedFileMegabytes: summarize(drains.map((samples) => peak(samples, 'resident'))),
        records: backlog.recordCount,
      },
    },
    residentGrowth:
      growths.length < drains.length
        ? { missing: 'the drain was too short to tell: give more --records' }
        : { summary: summarize(growths) },
  }
}

const peak = (samples: readonly MemorySample[], member: 'anonymous' | 'resident'): number =>
  samples.reduce((most, sample) => Math.max(most, sample[member]), 0) / MEBIBYTE

/** `undefined` where a third has no sample. */
function growth(samples: readonly MemorySample[], recordCount: number): number | undefined {
  const between = (from: number, to: number): number | undefined => {
    const inside = samples.filter(
      ({ records }) => records >= recordCount * from && records <= recordCount * to,
    )
    return inside.length === 0
      ? undefined
      : summarize(inside.map(({ anonymous }) => anonymous)).median
  }
  const [middle, last] = [between(1 / 3, 2 / 3), between(2 / 3, 1)]
  return middle === undefined || last === undefined ? undefined : last / middle
}
