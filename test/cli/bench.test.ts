import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

function bench(...words: readonly string[]) {
  return spawnSync(process.execPath, [MAIN, 'bench', ...words], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
}

t.test('an unknown benchmark or a bad number: 2, and what there is', (t) => {
  const unknown = bench('ration')
  t.equal(unknown.status, 2)
  t.match(unknown.stderr, /unknown benchmark ration; there are: ceiling, ratio, /)
  t.equal(bench('--runs', '0').status, 2)
  t.end()
})

t.test('ratio --json: one document with what is needed to take the figures again', (t) => {
  const { status, stdout, stderr } = bench('ratio', '--runs', '1', '--records', '10000', '--json')
  t.equal(status, 0)
  t.match(stderr, /writing 10000 records\n/)
  const report = JSON.parse(stdout)
  t.match(report, {
    names: ['ratio'],
    records: 10_000,
    runs: 1,
    keys: 10_000,
    seed: Number,
    node: process.version,
    machine: { processor: String, processors: Number },
    commandLine: ['bench', 'ratio', '--runs', '1', '--records', '10000', '--json'],
  })
  for (const name of ['ratio', 'ratio1000']) {
    const { value, bound, passed, details } = report.figures[name]
    t.ok(value > 0)
    t.strictSame(bound, { atLeast: 1.2, aim: 1.5 })
    t.equal(passed, value >= 1.2)
    t.equal(details.samples.length, 1)
  }
  t.end()
})

t.test('--no-java: figures of DynamoDB Local are null, with the reason', (t) => {
  const { status, stdout } = bench('source', '--no-java', '--json')
  t.equal(status, 0)
  const { figures } = JSON.parse(stdout)
  t.match(figures.versusSource, { value: null, passed: null, reason: 'left out by --no-java' })
  t.end()
})
