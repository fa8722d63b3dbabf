import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millrace } from '../support/millrace-process.ts'

const SMOKE = ['bench', 'ceiling', '--smoke', '--no-java'] as const

t.test('--html writes the report beside what is printed', (t) => {
  const folder = t.testdir()
  const words = [...SMOKE, '--threshold', 'lost==0', 'ratio>=1000', '--html', 'report.html']
  const { status, stdout } = millrace(words, folder)
  t.equal(status, 5, 'thresholds decide, as without it')
  t.match(stdout, 'ceiling.recordsPerSecond')
  const page = readFileSync(join(folder, 'report.html'), 'utf8')
  t.match(page, '<title>✗ 1 of 2 thresholds failed')
  t.match(page, 'id="ceiling.recordsPerSecond"')
  t.match(page, 'millrace bench ceiling --smoke --no-java --threshold lost==0 ')
  t.end()
})

t.test('a file that cannot be written is found out before anything runs: 2', (t) => {
  const folder = t.testdir()
  const words = [...SMOKE, '--html', join('absent', 'report.html')]
  const { status, stdout, stderr } = millrace(words, folder)
  t.match({ status, stdout }, { status: 2, stdout: '' })
  t.match(stderr, /--html absent.report\.html cannot be written: ENOENT/)
  t.notMatch(stderr, /ceiling \(1 of 1\)/)
  t.notOk(existsSync(join(folder, 'absent')))
  t.end()
})
