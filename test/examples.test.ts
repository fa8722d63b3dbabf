// Each example by the words of its own README. A new one needs a folder with a README, and nothing here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runExample } from './support/example.ts'

/** Run by orders-example.test.ts, as its output tells rates, and by test/integration, as it needs a server. */
const ELSEWHERE = ['orders', 'dynamodb-local']

const NAMES = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

t.jobs = 4
for (const name of NAMES.filter((name) => !ELSEWHERE.includes(name)))
  t.test(`examples/${name}`, { buffered: true }, (t) => runExample(t, name))

t.test('every example stands in examples/README.md, and is small', (t) => {
  const page = readFileSync('examples/README.md', 'utf8')
  for (const name of NAMES) {
    t.match(page, `](${name}/README.md)`, name)
    t.ok(readFileSync(join('examples', name, 'README.md'), 'utf8').split('\n').length <= 50)
  }
  t.end()
})
