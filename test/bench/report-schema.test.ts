import { readFileSync } from 'node:fs'
import t from 'tap'
import { reportSchema } from '../../bench/suite/report-schema.ts'

t.test('the published schema is current: npm run docs:schema writes it', (t) => {
  const path = 'docs/reference/bench-report.schema.json'
  const { exports, files } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.equal(exports['./bench-report.schema.json'], `./${path}`)
  t.ok(files.includes('docs'))
  const written: unknown = JSON.parse(readFileSync(path, 'utf8'))
  t.strictSame(written, JSON.parse(JSON.stringify(reportSchema())))
  t.end()
})
