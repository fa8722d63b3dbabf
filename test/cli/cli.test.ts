import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import t from 'tap'
import { MAIN, millrace } from '../support/millrace-process.ts'

const GOOD = 'Streams:\n  orders: { ShardCount: 2 }\n'

t.test('config validate: the result on stdout, 0', (t) => {
  const cwd = t.testdir({ 'millrace.yaml': GOOD })
  const plain = millrace(['config', 'validate'], cwd)
  t.equal(plain.status, 0)
  t.equal(plain.stderr, '')
  t.match(plain.stdout, /millrace\.yaml: valid, 1 stream, 0 functions, 0 mappings\n$/)
  const json = millrace(['config', 'validate', '--json'], cwd)
  t.match(JSON.parse(json.stdout), { valid: true, streams: 1, functions: 0, mappings: 0 })
  t.end()
})

t.test('a bad configuration: one message on stderr, nothing on stdout, 3', (t) => {
  const cwd = t.testdir({
    'millrace.yaml': 'Streams:\n  orders: { ShardCuont: 2 }\n',
    'bad.json': '{',
  })
  const unknown = millrace(['config', 'validate', '--json'], cwd)
  t.equal(unknown.status, 3)
  t.equal(unknown.stdout, '')
  t.equal(
    unknown.stderr,
    'error: unknown key Streams.orders.ShardCuont (millrace.yaml:2:13); allowed here: ShardCount, StreamViewType, KeySchema; did you mean ShardCount?\nRemove or correct Streams.orders.ShardCuont. [MILLRACE_SETTING_UNKNOWN]\n',
  )
  for (const words of [
    ['config', 'validate', '--config', 'bad.json'],
    ['config', 'show', '--config', 'gone.yaml'],
  ])
    t.match(millrace(words, cwd), { status: 3, stdout: '' }, words.join(' '))
  t.equal(millrace(['config', 'show'], cwd, { environment: { MILLRACE_PORT: 'x' } }).status, 3)
  t.end()
})

t.test('usage errors: 2, with what was meant', (t) => {
  const cwd = t.testdir({ 'millrace.yaml': GOOD })
  const cases: [string[], RegExp][] = [
    [[], /millrace needs a command: .*config/],
    [['confg'], /unknown command millrace confg; .*did you mean config\?/],
    [['confg', '--config', 'x'], /unknown command millrace confg/],
    [['--versoin'], /unknown option --versoin of millrace; did you mean --version\?/],
    [['config'], /millrace config needs a command: validate, show, schema/],
    [['config', 'shwo'], /did you mean show\?/],
    [
      ['config', 'show', '--jsno'],
      /unknown option --jsno of millrace config show; there are: --config, --data, --json, --help; did you mean --json\?\nSee millrace config show --help\.\n$/,
    ],
    [
      ['config', 'show', '--config='],
      /'--config <file>' argument '' is invalid\. It must be a file/,
    ],
    [
      ['config', 'show', '--config'],
      /millrace config show: option '--config <file>' argument missing/,
    ],
    [['config', 'show', '--data', ''], /It must be a directory/],
    [['config', 'validate', 'extra'], /too many arguments/],
  ]
  for (const [words, message] of cases) {
    const { status, stdout, stderr } = millrace(words, cwd)
    t.strictSame([status, stdout], [2, ''], words.join(' '))
    t.match(stderr, message)
    t.equal(stderr.split('error:').length, 2, 'one message')
  }
  t.end()
})

t.test('help and version: on stdout, 0, each command with an example', (t) => {
  const cwd = t.testdir({})
  for (const words of [
    ['--help'],
    ['help', 'config'],
    ['run', '--help'],
    ['put', '--help'],
    ['failed', '--help'],
    ['failed', 'list', '--help'],
    ['failed', 'show', '--help'],
    ['checkpoint', '--help'],
    ['checkpoint', 'show', '--help'],
    ['config', '--help'],
    ['config', 'validate', '--help'],
    ['config', 'show', '--help'],
    ['config', 'schema', '--help'],
  ]) {
    const { status, stdout, stderr } = millrace(words, cwd)
    t.strictSame([status, stderr], [0, ''], words.join(' '))
    t.match(stdout, /Usage: millrace/)
    t.match(stdout, /Examples?:\n {2}\$ millrace /, words.join(' '))
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.match(millrace(['--version'], cwd), { status: 0, stdout: `${version}\n` })
  t.end()
})

t.test('config show and schema', (t) => {
  const cwd = t.testdir({ 'millrace.yaml': GOOD })
  const shown = millrace(['config', 'show', '--data', 'd'], cwd, {
    environment: { LOG_LEVEL: 'warn' },
  })
  t.match(shown.stdout, /^data +.*\/d +--data$/m)
  t.match(shown.stdout, /^logLevel +warn +LOG_LEVEL$/m)
  t.match(shown.stdout, /^Streams\.orders\.ShardCount +2 +millrace\.yaml:2:25$/m)
  t.match(shown.stdout, /^Engine\.MaximumThreads +10 +default$/m)
  const { settings } = JSON.parse(millrace(['config', 'show', '--json'], cwd).stdout) as {
    settings: object[]
  }
  t.match(settings.at(-1), { setting: 'Engine.FailedBatchStore.MaximumBytes', value: '1GB' })
  const schema: unknown = JSON.parse(millrace(['config', 'schema'], cwd).stdout)
  t.strictSame(schema, JSON.parse(readFileSync('schema.json', 'utf8')))
  t.end()
})

t.test('no colour in a pipe; FORCE_COLOR asks for it, NO_COLOR forbids it', (t) => {
  const cwd = t.testdir({ 'millrace.yaml': GOOD })
  const run = (environment: Readonly<Record<string, string>>) =>
    millrace(['config', 'validate'], cwd, { environment }).stdout.includes('\u001b[')
  t.equal(run({}), false)
  t.equal(run({ FORCE_COLOR: '1' }), true)
  t.equal(run({ FORCE_COLOR: '1', NO_COLOR: '1' }), false)
  t.end()
})

t.test(
  'starting loads commander and our frame only: heavy packages wait for their command',
  (t) => {
    const packages = new Set<string>()
    const files = [MAIN]
    for (const file of files) {
      const source = readFileSync(file, 'utf8')
      for (const [, name] of source.matchAll(/^(?:import|export)\b[^;]*?from ['"]([^'"]+)/gm)) {
        if (!name) continue
        const path = name.startsWith('.') ? resolve(dirname(file), name) : undefined
        if (path === undefined) packages.add(name)
        else if (!files.includes(path)) files.push(path)
      }
    }
    t.ok(files.length > 5)
    t.same(
      [...packages].filter((name) => !name.startsWith('node:')),
      ['commander'],
    )
    t.notOk(files.some((file) => /\/lib\/(engine|sources|state|functions|actors)\//.test(file)))
    t.end()
  },
)
