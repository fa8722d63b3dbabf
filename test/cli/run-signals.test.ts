import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLine, ordersProject } from '../support/orders-project.ts'

/** Says that it has begun, and ends when there is a file `go` beside the configuration. */
const WAITS = `import { existsSync } from 'node:fs'
export async function handler() {
  console.error('begun')
  while (!existsSync(new URL('../go', import.meta.url))) await new Promise((r) => setTimeout(r, 5))
}`

/** A run whose handler is in the middle of its only batch of two records; a third one waits. */
async function waitingRun(t: Test, ...words: string[]) {
  const cwd = ordersProject(t, {
    handler: WAITS,
    functionMembers: { Timeout: 900 },
    mapping: { BatchSize: 2 },
  })
  millrace(['put', 'orders'], cwd, { input: orderLine('a').repeat(3) })
  const run = new RunningMillrace(['run', '--json', ...words], cwd)
  t.teardown(() => run.signal('SIGKILL'))
  await run.says('begun')
  return { cwd, run }
}

t.test('SIGTERM: the running batch ends, no other begins, 143', async (t) => {
  const { cwd, run } = await waitingRun(t)
  run.signal('SIGTERM')
  await run.says('stopping')
  writeFileSync(join(cwd, 'go'), '')
  const { status, stdout } = await run.ended()
  t.equal(status, 143)
  t.match(JSON.parse(stdout), { delivered: 2, invocations: 1 })
  t.match(JSON.parse(millrace(['run', '--json'], cwd).stdout), {
    polled: 3,
    delivered: 3,
    invocations: 2,
  })
})

t.test(
  'SIGINT: what runs past --shutdown-timeout is ended and spends no attempt, 130',
  async (t) => {
    const { cwd, run } = await waitingRun(t, '--shutdown-timeout', '100ms')
    run.signal('SIGINT')
    const { status, stdout, stderr } = await run.ended()
    t.equal(status, 130)
    const ledger = JSON.parse(stdout) as { inFlight: number; delivered: number }
    t.equal(ledger.delivered, 0)
    t.ok(ledger.inFlight >= 2)
    t.notMatch(stderr, 'error:')
    writeFileSync(join(cwd, 'go'), '')
    const next = millrace(['run', '--json'], cwd)
    t.match(JSON.parse(next.stdout), { delivered: 3, retries: 0, inFlight: 0 })
  },
)

t.test('a second signal ends it at once', async (t) => {
  const { cwd, run } = await waitingRun(t)
  run.signal('SIGINT')
  await run.says('stopping')
  run.signal('SIGINT')
  const { status, stdout } = await run.ended()
  t.strictSame([status, stdout], [130, ''])
  writeFileSync(join(cwd, 'go'), '')
  t.match(JSON.parse(millrace(['run', '--json'], cwd).stdout), { delivered: 3, inFlight: 0 })
})

t.test('a signal while a handler loads', async (t) => {
  const handler = `console.error('loading')
await new Promise((resolve) => setTimeout(resolve, 5000))
export async function handler() {}`
  const run = new RunningMillrace(['run'], ordersProject(t, { handler }))
  t.teardown(() => run.signal('SIGKILL'))
  await run.says('loading')
  run.signal('SIGTERM')
  t.match(await run.ended(), { status: 143, stdout: '' })
})

t.test('data in use: nobody else writes, everybody may look', async (t) => {
  const { cwd } = await waitingRun(t)
  for (const words of [['put', 'orders'], ['run']]) {
    const { status, stdout, stderr } = millrace(words, cwd, { input: orderLine('b') })
    t.strictSame([status, stdout], [1, ''], words.join(' '))
    t.match(stderr, /in use by process \d+.*\[MILLRACE_DATA_IN_USE\]/s)
  }
  t.match(millrace(['failed', 'list'], cwd), { status: 0, stdout: 'no failed batches\n' })
  t.match(millrace(['checkpoint', 'show'], cwd), { status: 0, stdout: /^mapping [0-9a-f-]{36}/ })
})
