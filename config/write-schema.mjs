// Writes schema.json from the tables of lib/settings, whose caller formats it, and the schema of the benchmarks' reports.
import { writeFile } from 'node:fs/promises'
import { reportSchema } from '../dist/bench/suite/report-schema.js'
import { configurationSchema } from '../dist/lib/settings/schema.js'

const textOf = (schema) => `${JSON.stringify(schema, null, 2)}\n`
await writeFile('schema.json', textOf(configurationSchema()))
await writeFile('docs/reference/bench-report.schema.json', textOf(reportSchema()))
