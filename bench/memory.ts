import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Benchmark, medianFigure, missingFigure } from './figure.ts'
import type { MemorySample } from './memory-run.ts'
import { AuditFailure } from './run-audit.ts'
import { summarize } from './statistics.ts'

const MEBIBYTE = 1024 * 1024
const RESIDENT_BOUND = { atMost: 400 }
const GROWTH_BOUND = { atMost: 1.15 }

/**
 * `residentMegabytes`: most RssAnon while the backlog is drained, in a process of its own, so that nothing which other
 * measurements left behind is counted. RssAnon leaves out the mapped file, which the kernel may take back at any time;
 * the whole resident memory stands beside it. `residentGrowth`: its median in the last third of the records by that of
 * the middle third.
 */
export const memory: Benchmark = async (context) => {
  const backlog = await context.backlog()
  if (process.platform !== 'linux') {
    const reason = 'RssAnon is read from /proc, which only Linux has'
    return {
      residentMegabytes: missingFigure('MB', RESIDENT_BOUND, reason),
      residentGrowth: missingFigure('x', GROWTH_BOUND, reason),
    }
  }
  const runs: (readonly MemorySample[])[] = []
  for (let run = 1; run <= context.runs; run++) {
    context.signal.throwIfAborted()
    const samples = await drainInChild(backlog.directory, backlog.recordCount)
    runs.push(samples)
    context.progress(
      `memory, run ${run}: RssAnon at most ${peak(samples, 'anonymous').toFixed(0)} MB`,
    )
  }
  const growths = runs.flatMap((samples) => growth(samples, backlog.recordCount) ?? [])
  return {
    residentMegabytes: medianFigure(
      summarize(runs.map((samples) => peak(samples, 'anonymous'))),
      { unit: 'MB', bound: RESIDENT_BOUND },
      {
        withMappedFileMegabytes: summarize(runs.map((samples) => peak(samples, 'resident'))),
        records: backlog.recordCount,
      },
    ),
    residentGrowth:
      growths.length < runs.length
        ? missingFigure('x', GROWTH_BOUND, 'the drain was too short to tell: give more --records')
        : medianFigure(summarize(growths), { unit: 'x', bound: GROWTH_BOUND }),
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

async function drainInChild(
  directory: string,
  recordCount: number,
): Promise<readonly MemorySample[]> {
  const file = fileURLToPath(new URL('memory-run.js', import.meta.url))
  const child = spawn(process.execPath, [file, directory, String(recordCount)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [exitCode] = await exited
  if (exitCode !== 0) throw new AuditFailure(`memory: the drain failed: ${complaint}`)
  return JSON.parse(output)
}
