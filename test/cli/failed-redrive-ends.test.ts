import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { millraceHere } from '../support/millrace-here.ts'
import { RunningMillrace } from '../support/millrace-process.ts'
import { throwsOn } from '../support/orders-project.ts'
import { listed, setHandler, withFailed } from '../support/redrive-project.ts'

t.test(
  'an interrupted redrive is listed, and goes on by --resume or with the next run',
  async (t) => {
    const cwd = await withFailed(t, 'o-1', 'o-2', 'o-3')
    const gate = `import { existsSync } from 'node:fs'
export async function handler(event) {
  const { S: id } = event.Records[0].dynamodb.Keys.id
  console.error('begun ' + id)
  while (id === 'o-2' && !existsSync('${cwd}/open')) await new Promise((r) => setTimeout(r, 10))
}`
    setHandler(cwd, gate)
    const running = new RunningMillrace(
      ['failed', 'redrive', '--all', '--shutdown-timeout', '1ms'],
      cwd,
    )
    await running.says('begun o-2')
    // Another process sees it while it runs, and cannot write.
    t.match((await millraceHere(['failed', 'list'], cwd)).stdout, /redrive \S+, running: 3 records/)
    const purge = await millraceHere(['failed', 'purge', '--all'], cwd)
    t.match(purge, { status: 1, stderr: /is in use by process \d+/ })
    running.signal('SIGINT')
    const ended = await running.ended()
    t.equal(ended.status, 130)
    t.match(
      ended.stdout,
      /running: 3 records, \d delivered, \d to go\ngo on with: millrace failed redr/,
    )
    t.match(
      (await listed(cwd)).failed.map(({ state }) => state),
      ['redriving', 'redriving', 'redriving'],
    )
    const second = await millraceHere(['failed', 'redrive', '--all'], cwd)
    t.match(second, { status: 1, stderr: /the redrive \S+ of it has not ended/ })
    writeFileSync(join(cwd, 'open'), '')
    const resumed = await millraceHere(['failed', 'redrive', '--resume'], cwd)
    t.match(resumed, { status: 0, stdout: /done: 3 records, 3 delivered/ })
    t.match(await listed(cwd), { failed: [], redrives: [{ state: 'done' }] })
  },
)

t.test('a redrive that poison holds up stalls (D24), and can be cancelled', async (t) => {
  const cwd = await withFailed(t, 'o-1', 'o-2')
  const configuration = readFileSync(join(cwd, 'millrace.json'), 'utf8')
  const endless = configuration.replace('"MaximumRetryAttempts":0', '"MaximumRetryAttempts":-1')
  writeFileSync(join(cwd, 'endless.json'), endless)
  setHandler(cwd, throwsOn('o-2'))
  const stalled = await millraceHere(
    ['failed', 'redrive', '--all', '--stall-timeout', '1s', '--config', 'endless.json'],
    cwd,
  )
  t.match(stalled, { status: 1, stderr: /nothing settled for 1 s; .*on-order.*poison o-2/s })
  const [task] = (await listed(cwd)).redrives
  const cancel = ['failed', 'redrive', '--cancel', task!.id]
  t.match(await millraceHere(cancel, cwd), {
    status: 0,
    stdout: /cancelled: 2 records, 1 delivered, 1 not se/,
  })
  t.match(await listed(cwd), { failed: [{ state: 'kept' }], redrives: [{ state: 'cancelled' }] })
  t.match(await millraceHere(cancel, cwd), {
    status: 1,
    stderr: /no redrive .* that has not ended; there ar/,
  })
})

t.test('what cannot be is said in a sentence, and nothing is started', async (t) => {
  const cwd = await withFailed(t, 'o-1')
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[], 2, /failed redrive needs ids, or --mapping, --condition, .* or --all/],
    [['--all', '--key', 'x'], 2, /--all leaves nothing out/],
    [['--resume', '--all'], 2, /--resume and --cancel stand alone/],
    [['--all', '--rate', '0'], 2, /--rate.*must be an integer from 1/s],
    [['--since', 'yesterday'], 2, /It must be a time as 2026-/],
    [['--condition', 'Other'], 2, /RetryAttemptsExhausted, RecordAgeExceeded/],
    [['--all', '--config', 'gone.json'], 3, /cannot read the configuration gone.json/],
    [['--all', '--data', 'gone'], 1, /there is no data of Millrace in .*gone/],
    [['--cancel', 'x'], 1, /no redrive x that has not ended; there are: none/],
  ]
  for (const [words, status, message] of cases) {
    const ended = await millraceHere(['failed', 'redrive', ...words], cwd)
    t.equal(ended.status, status, words.join(' '))
    t.match(ended.stderr, message)
  }
  setHandler(cwd, 'export const other = 1')
  t.match(await millraceHere(['failed', 'redrive', '--all'], cwd), {
    status: 3,
    stderr: /HandlerNotFound|on-order/,
  })
  t.match(await listed(cwd), { failed: [{ state: 'kept' }], redrives: [] })
})
