// Runs the compiled tests with tap and ends with the true count: `N passed, N failed`.
// Folders stand for the tests in them; without any: all but dist/test/integration, which needs Java and Maven.
// `--property NAME --seed N --path P` replays one property with what its failure printed; `--runs N` multiplies the runs.
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

const testsIn = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true })
        .filter((file) => file.endsWith('.test.js'))
        .map((file) => join(path, file))
    : [path]
const replayed = ['property', 'seed', 'path', 'runs']
const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(replayed.map((name) => [name, { type: 'string' }])),
})
for (const [name, value] of Object.entries(values))
  process.env[`MILLRACE_TEST_${name.toUpperCase()}`] = value
const integration = join('dist', 'test', 'integration')
const files = asked.length
  ? asked.flatMap(testsIn)
  : testsIn('dist/test').filter((file) => !file.startsWith(integration))
const tap = spawn(
  process.execPath,
  ['node_modules/@tapjs/run/dist/esm/index.js', 'run', '--reporter=tap', ...files],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
let passed = 0
let failed = 0
let skipped = 0
const countText = () =>
  `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`
// Stopped from outside: what was counted until then, and no word about what the signal itself made fail.
process.once('SIGTERM', () => {
  tap.kill('SIGTERM')
  process.stdout.write(`stopped before the end\n${countText()}`, () => process.exit(1))
})
for await (const line of createInterface({ input: tap.stdout })) {
  const result = /^( *)(not ok|ok) \d+(.*)$/.exec(line)
  if (result) {
    const [, indent, verdict, rest] = result
    const isSubtest = /# time=/.test(rest) || /\{$/.test(rest)
    if (/# (skip|todo)/i.test(rest)) skipped++
    else if (verdict === 'not ok') {
      failed++
      process.stdout.write(`${line}\n`)
    } else if (!isSubtest) passed++
    if (indent === '' && verdict === 'ok') process.stdout.write(`${line}\n`)
  } else if (failed > 0 && !/^ *(1\.\.|# time)/.test(line) && line.trim()) {
    process.stdout.write(`${line}\n`)
  } else if (/^Bail out/.test(line)) {
    failed++
    process.stdout.write(`${line}\n`)
  }
}
const code = await new Promise((resolve) =>
  tap.exitCode === null ? tap.once('close', resolve) : resolve(tap.exitCode),
)
if (code !== 0 && failed === 0) failed++
if (code === 0 && passed === 0) failed++
process.stdout.write(countText())
process.exitCode = failed === 0 && code === 0 ? 0 : 1
