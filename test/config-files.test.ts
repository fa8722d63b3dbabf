// The unit, the image and the guides name files, commands, flags and actions: they exist.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { METRIC_FAMILIES } from '../lib/api/metrics/metric-families.ts'
import { PROCESS_SETTINGS } from '../lib/settings/process-settings.ts'
import { millrace } from './support/millrace-process.ts'

const UNIT = readFileSync('config/millrace.service', 'utf8')
const IMAGE = readFileSync('config/Dockerfile', 'utf8')
const GUIDES = readdirSync('docs/guides').map((name) => join('docs/guides', name))
const PACKED = (
  JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { encoding: 'utf8' }),
  ) as [{ files: { path: string }[] }]
)[0].files.map(({ path }) => path)

/** Values of a key of the unit, in order. */
const ofUnit = (key: string): readonly string[] =>
  UNIT.split('\n').flatMap((line) =>
    line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : [],
  )

/** Arguments of an instruction of the image, in order; lines that go on are joined. */
const ofImage = (instruction: string): readonly string[] =>
  IMAGE.replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) =>
      line.startsWith(`${instruction} `) ? [line.slice(instruction.length + 1)] : [],
    )

const help = millrace(['start', '--help'], '.').stdout

t.test('the unit starts, reloads and restarts what there is', (t) => {
  const [start = ''] = ofUnit('ExecStart')
  t.match(start, /^\/usr\/bin\/env millrace start /)
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.ok(bin.millrace)
  for (const [flag] of start.matchAll(/--[a-z-]+/g)) t.ok(help.includes(flag), flag)
  t.same(ofUnit('ExecReload'), ['/bin/kill -HUP $MAINPID'])
  t.same(ofUnit('StateDirectory'), ['millrace'])
  t.same(ofUnit('DynamicUser'), ['yes'])
  t.notOk(/^(User|Group)=root/m.test(UNIT))
  for (const key of ['NoNewPrivileges', 'ProtectHome', 'PrivateTmp']) t.same(ofUnit(key), ['yes'])
  t.same(ofUnit('Environment'), [`${PROCESS_SETTINGS.data.variable}=%S/millrace`])
  t.same(ofUnit('RestartPreventExitStatus'), ['2 3'])
  t.end()
})

t.test('each line of the unit is a section, a comment, or a key with a value', (t) => {
  for (const line of UNIT.split('\n'))
    t.match(line, /^(?:|#.*|\[(?:Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/)
  t.end()
})

t.test('the image copies what is there, and runs as nobody special', (t) => {
  for (const given of ofImage('COPY')) {
    const words = given.split(' ').filter((word) => !word.startsWith('--'))
    for (const source of words.slice(0, -1)) {
      const path = source.replace(/^\/build\//, '')
      const isThere =
        path === '.' ||
        path === 'node_modules' ||
        PACKED.some((file) => `${file}/`.startsWith(`${path}/`))
      t.ok(isThere, path)
    }
  }
  const [, main = ''] = /ln -s \/opt\/millrace\/(\S+)/.exec(IMAGE) ?? []
  t.ok(PACKED.includes(main), main)
  t.same(ofImage('USER'), ['node'])
  t.same(ofImage('VOLUME'), ['/var/lib/millrace'])
  t.same(ofImage('ENTRYPOINT'), ['["millrace"]'])
  t.same(ofImage('CMD'), ['["start"]'])
  t.match(ofImage('ENV')[0], new RegExp(`${PROCESS_SETTINGS.data.variable}=/var/lib/millrace`))
  t.same(ofImage('EXPOSE'), [String(PROCESS_SETTINGS.port.default)])
  t.notOk(/\b(npx|curl|wget)\b/.test([...ofImage('HEALTHCHECK'), ...ofImage('CMD')].join()))
  t.end()
})

t.test('its health check is a program that asks a path of ours', (t) => {
  const [check = ''] = ofImage('HEALTHCHECK')
  const [, , script = ''] = JSON.parse(check.slice(check.indexOf('["'))) as string[]
  t.match(script, /\/livez/)
  const environment = { ...process.env, MILLRACE_PORT: '1' }
  const { status } = spawnSync(process.execPath, ['-e', script], { env: environment })
  t.equal(status, 1)
  t.end()
})

t.test('the unit and the image are in the package', (t) => {
  for (const path of ['config/millrace.service', 'config/Dockerfile', ...GUIDES])
    t.ok(PACKED.includes(path), path)
  t.end()
})

t.test(
  'the policy of the AWS guide is JSON, and has the actions that are needed and no other',
  (t) => {
    const text = readFileSync('docs/guides/aws.md', 'utf8')
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? []
    const { Version, Statement } = JSON.parse(json) as {
      Version: string
      Statement: { Effect: string; Action: string | string[]; Resource: string }[]
    }
    t.equal(Version, '2012-10-17')
    t.ok(Statement.every(({ Effect, Resource }) => Effect === 'Allow' && Resource))
    t.same(Statement.flatMap(({ Action }) => Action).sort(), [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      's3:PutObject',
      'sns:Publish',
      'sqs:SendMessage',
    ])
    t.match(text, /not run\s+against AWS/)
    t.end()
  },
)

t.test('links of the guides lead somewhere, and the metrics that they name are there', (t) => {
  const names = METRIC_FAMILIES.map(({ name }) => name)
  const known = [...names, 'millrace_ready']
  const running = readFileSync('docs/guides/running.md', 'utf8')
  for (const guide of GUIDES) {
    const text = readFileSync(guide, 'utf8')
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      t.ok(existsSync(join(dirname(guide), link)), `${guide}: ${link}`)
    for (const [name] of text.matchAll(/\bmillrace_[a-z_]+/g))
      t.ok(known.includes(name), `${guide}: ${name}`)
  }
  for (const name of names.filter((name) => !name.startsWith('millrace_failed_batches_')))
    t.ok(running.includes(`\`${name}\``), `running.md: ${name}`)
  t.end()
})
