import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millrace } from './support/millrace-process.ts'

t.test('the orders example ends by itself, and what it says to try works', (t) => {
  const run = (words: readonly string[]) =>
    spawnSync(process.execPath, words, { env: { PATH: process.env['PATH'] }, encoding: 'utf8' })
  const { status, stdout, stderr } = run(['examples/orders/main.mjs'])
  t.equal(status, 0, stderr)
  t.match(stdout, /^ {2}delivered {4}19995$/m)
  t.match(stdout, /records\/s in \d/)
  t.match(stdout, 'given up: 5 batches')
  const next = [...stdout.matchAll(/^ {2}npx millrace (.*)$/gm)].map(([, words]) => words!)
  t.equal(next.length, 4)
  for (const words of next) {
    const ended = millrace(words.split(' '), '.')
    t.equal(ended.status, 0, `${words}: ${ended.stderr}`)
  }
  t.end()
})

t.test('the orders example by the command line', (t) => {
  const cwd = t.testdir({})
  const config = [
    '--config',
    join(process.cwd(), 'examples/orders/millrace.yaml'),
    '--data',
    'data',
  ]
  const generated = spawnSync(process.execPath, ['examples/orders/records.mjs', '5000'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  })
  writeFileSync(join(cwd, 'orders.ndjson'), generated.stdout)
  t.equal(millrace(['put', 'orders', 'orders.ndjson', ...config], cwd).status, 0)
  const { status, stdout } = millrace(['run', '--json', ...config], cwd)
  t.equal(status, 0)
  t.match(JSON.parse(stdout), { polled: 5000, delivered: 4999, dropped: 1 })
  t.end()
})
