import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { millrace } from './support/millrace-process.ts'

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...pagesIn('docs'),
  ...pagesIn('examples'),
]
const README = readFileSync('README.md', 'utf8')

function pagesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}

/** The text of the page's first block in this language. */
function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(README) ?? []
  if (text === undefined) throw new Error(`README.md has no block in ${language}`)
  return text
}

t.test('the library example runs as it stands', (t) => {
  const cwd = t.testdir({ 'example.mjs': block('js') })
  const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], {
    cwd,
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
  t.match(stdout, /^hello, Ada\nhello, Grace\n/)
  t.match(stdout, /polled: 2,\s+delivered: 2,/)
  t.ok(block('js').trim().split('\n').length <= 22, 'a short one')
  t.end()
})

t.test('the configuration example is valid', (t) => {
  const cwd = t.testdir({ 'millrace.yaml': block('yaml') })
  const { status, stderr } = millrace(['config', 'validate'], cwd)
  t.equal(status, 0, stderr)
  t.ok(parse(block('yaml')))
  t.end()
})

t.test('the command example runs as it stands', (t) => {
  const cwd = t.testdir({
    'millrace.yaml': block('yaml'),
    handlers: { 'on-order.mjs': block('mjs') },
  })
  const [put = '', run = ''] = block('sh').trimEnd().split('\n')
  const [, line = ''] = /^echo '(.*)' \| npx millrace put orders$/.exec(put) ?? []
  t.equal(run, 'npx millrace run')
  t.match(millrace(['put', 'orders'], cwd, { input: `${line}\n` }), {
    status: 0,
    stdout: '1 record stored in orders\n',
  })
  t.match(millrace(['run'], cwd), {
    status: 0,
    stdout: /orders -> on-order +1 +1 /,
    stderr: / o-1\n/,
  })
  t.end()
})

t.test('every command of the help stands in README.md', (t) => {
  const { stdout } = millrace(['--help'], '.')
  const commands = [...stdout.matchAll(/^ {2}([a-z]+)\b.*$/gm)].map(([, name]) => name!)
  t.ok(commands.length > 5)
  for (const name of commands.filter((name) => name !== 'help')) {
    t.match(README, new RegExp(`\\| \`millrace ${name}\\b`), name)
  }
  t.end()
})

t.test('links lead to files that are there; README.md stays short', (t) => {
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8')
    const targets = [...text.matchAll(/\]\(((?!https?:)[^)#]+)[^)]*\)/g)].map(([, to]) => to!)
    for (const target of targets) t.ok(existsSync(join(page, '..', target)), `${page}: ${target}`)
  }
  t.ok(README.split('\n').length <= 300)
  t.end()
})
