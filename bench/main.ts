import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeBacklog } from './backlog.ts'
import { describeSurroundings, formatReport, type Report } from './report.ts'
import { AuditFailure } from './run-audit.ts'
import { measureThroughput } from './throughput.ts'

/** Exit code of a run whose audit failed. @source contract §2 */
const EXIT_AUDIT = 5
const RECORDS_DEFAULT = 500_000
const RUNS_DEFAULT = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: String(RUNS_DEFAULT) },
    records: { type: 'string', default: String(RECORDS_DEFAULT) },
  },
})

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    const records = Number(values.records)
    progress(`writing ${records} records`)
    const backlog = await writeBacklog(scratch, records)
    const figures = await measureThroughput(backlog, { runs: Number(values.runs), progress })
    const report: Report = { ...describeSurroundings({ records, positionals }), figures }
    process.stdout.write(
      `${values.json ? JSON.stringify(report, null, 2) : formatReport(report)}\n`,
    )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (error) {
  if (!(error instanceof AuditFailure)) throw error
  progress(error.message)
  process.exitCode = EXIT_AUDIT
}
