import { cpSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import t, { type Test } from 'tap'
import { encodeCheckedJson } from '../../lib/codec/segment/checked-json.ts'
import { FORMAT_KEY } from '../../lib/state/lmdb/layout.ts'
import { openMeta } from '../../lib/state/lmdb/state-environment.ts'
import { millrace, RunningMillrace } from '../support/millrace-process.ts'
import { orderLines, ordersProject } from '../support/orders-project.ts'

/** A project whose stream holds 50 records that nobody has read, and a copy of its data. */
function prepared(t: Test) {
  const cwd = ordersProject(t)
  const data = join(cwd, '.millrace')
  millrace(['put', 'orders'], cwd, { input: orderLines(50) })
  cpSync(data, `${data}.backup`, { recursive: true })
  const restore = () => {
    rmSync(data, { recursive: true })
    cpSync(`${data}.backup`, data, { recursive: true })
  }
  return { cwd, data, restore }
}

/** One message of one sentence and its remedy, and nothing else. */
function verifyRefused(t: Test, words: readonly string[], cwd: string, message: RegExp): void {
  const { status, stdout, stderr } = millrace(words, cwd, { input: orderLines(1) })
  t.strictSame([status, stdout], [1, ''], words.join(' '))
  t.match(stderr, message)
  t.match(stderr, /^error: [^\n]+\n[^\n]+ \[MILLRACE_\w+\]\n$/)
}

/** All records are there and are delivered. */
function verifyNothingLost(t: Test, cwd: string): void {
  t.match(millrace(['run', '--json'], cwd), { status: 0, stdout: /"delivered":50,.*"inFlight":0,/ })
}

t.test('damaged data: 1, and no process dies of it; the backup is whole', (t) => {
  const { cwd, data, restore } = prepared(t)
  for (const [place, words] of [
    ['state', ['failed', 'list']],
    ['streams/orders', ['put', 'orders']],
  ] as const) {
    truncateSync(join(data, place, 'data.mdb'), 5000)
    for (const command of [['run'], words])
      verifyRefused(t, command, cwd, /^error: damaged data in .*\[MILLRACE_DATA_DAMAGED\]/s)
    restore()
  }
  verifyNothingLost(t, cwd)
  t.end()
})

t.test('data of a newer version: 1, both versions named, nothing touched', async (t) => {
  const { cwd, data, restore } = prepared(t)
  const meta = openMeta(data, 'write')
  await meta.put(FORMAT_KEY, Buffer.from('7'))
  await meta.close()
  const newer = /has format [79]; this version reads [123]\n.*\[MILLRACE_DATA_VERSION\]/
  for (const words of [['run'], ['failed', 'list']]) verifyRefused(t, words, cwd, newer)
  restore()
  const stream = open<Buffer, Buffer>({
    path: join(data, 'streams', 'orders'),
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  })
  await stream.put(Buffer.from('m'), encodeCheckedJson(9, { what: 'a later version knows' }))
  await stream.close()
  verifyRefused(t, ['put', 'orders'], cwd, newer)
  restore()
  verifyNothingLost(t, cwd)
})

t.test('a second process on the data: 1, the first one named and undisturbed', async (t) => {
  const handler = `import { existsSync } from 'node:fs'
export async function handler() {
  console.log('busy')
  while (!existsSync(process.env.GATE)) await new Promise((resolve) => setTimeout(resolve, 5))
}`
  const gate = join(t.testdir({}), 'gate')
  const environment = { Environment: { Variables: { GATE: gate } }, Timeout: 900 }
  await t.test('while it runs', async (t) => {
    const cwd = ordersProject(t, { handler, functionMembers: environment })
    millrace(['put', 'orders'], cwd, { input: orderLines(50) })
    const first = new RunningMillrace(['run', '--json'], cwd)
    await first.says('busy')
    const inUse = /the data directory \S+ is in use by process \d+\n.*\[MILLRACE_DATA_IN_USE\]/
    for (const words of [['run'], ['put', 'orders']]) verifyRefused(t, words, cwd, inUse)
    t.match(millrace(['failed', 'list'], cwd), { status: 0 }, 'readers are let in')
    writeFileSync(gate, '')
    t.match(await first.ended(), { status: 0, stdout: /"delivered":50,.*"inFlight":0,/ })
  })
})

t.test('a data directory that cannot be: refused, where Node itself would try for ever', (t) => {
  const cwd = ordersProject(t)
  writeFileSync(join(cwd, 'file'), '')
  verifyRefused(t, ['run', '--data', 'file'], cwd, /file/)
  if (process.platform === 'linux')
    verifyRefused(t, ['run', '--data', '/proc/millrace'], cwd, /ENOENT/)
  t.end()
})
