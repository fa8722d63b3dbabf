import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem, type } from 'node:os'
import { SEED } from './generator.ts'
import type { Ratio } from './throughput.ts'

export type Report = ReturnType<typeof describeSurroundings> & {
  readonly figures: Readonly<Record<string, Ratio>>
}

/** What must be known to take a measurement again. */
export function describeSurroundings(facts: {
  readonly records: number
  readonly positionals: readonly string[]
}) {
  const processors = cpus()
  return {
    benchmark: facts.positionals.join(' '),
    machine: {
      processor: processors[0]?.model ?? 'unknown',
      cores: processors.length,
      memoryBytes: totalmem(),
      system: `${type()} ${release()}`,
    },
    node: process.version,
    commit: commitOf(),
    seed: SEED,
    records: facts.records,
    commandLine: process.argv.slice(1),
  }
}

function commitOf(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}

/** The figures as a table for people. */
export function formatReport(report: Report): string {
  const rows = Object.entries(report.figures).map(
    ([name, { ratio, wholeRatio, engine, bareLoop }]) =>
      [
        name.padEnd(12),
        ratio.median.toFixed(2),
        `(whole ${wholeRatio.median.toFixed(2)})`,
        `engine ${Math.round(engine.median)}/s`,
        `bare ${Math.round(bareLoop.median)}/s`,
      ].join('  '),
  )
  return rows.join('\n')
}
