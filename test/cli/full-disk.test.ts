import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { millrace } from '../support/millrace-process.ts'
import { ordersProject } from '../support/orders-project.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'

const disk = mountSmallDisk(16)
if (typeof disk !== 'string') t.teardown(() => disk.unmount())
const skip = typeof disk === 'string' ? { skip: disk } : {}

const UNWRITABLE =
  /error: cannot write to \S+: no space left on the device, \d+ bytes are free\nFree space .*\[MILLRACE_DATA_UNWRITABLE\]\n$/
const KEYS = 5
const TEXT_BYTES = 16_000

/** Lines of records of {@link KEYS} keys, each with its number. */
const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => {
    const id = { S: `k${n % KEYS}` }
    const image = { id, n: { N: `${n}` }, text: { S: 'x'.repeat(TEXT_BYTES) } }
    return `${JSON.stringify({ dynamodb: { Keys: { id }, NewImage: image } })}\n`
  }).join('')

/** A project whose data is on the small disk, and whose handler writes down the numbers that it gets. */
function project(t: Test, name: string) {
  const journal = join(mkdtempSync(join(tmpdir(), 'millrace-journal-')), 'journal')
  t.teardown(() => rmSync(dirname(journal), { recursive: true }))
  writeFileSync(journal, '')
  const cwd = ordersProject(t, {
    handler: `import { appendFileSync } from 'node:fs'
export async function handler({ Records }) {
  const numbers = Records.map(({ dynamodb }) => dynamodb.NewImage.n.N)
  appendFileSync(process.env.JOURNAL, numbers.join('\\n') + '\\n')
}`,
    functionMembers: { Environment: { Variables: { JOURNAL: journal } } },
  })
  const folder = join((disk as SmallDisk).directory, name)
  mkdirSync(folder)
  const data = ['--data', join(folder, 'data')]
  return {
    put: (count: number) => millrace(['put', 'orders', ...data], cwd, { input: lines(count) }),
    run: () => millrace(['run', '--json', ...data], cwd),
    numbers: () => readFileSync(journal, 'utf8').split('\n').slice(0, -1).map(Number),
  }
}

/** Every number below `count` came once, those of one key in order. */
function verifyOnceInOrder(t: Test, numbers: readonly number[], count: number): void {
  t.equal(numbers.length, count)
  for (let key = 0; key < KEYS; key++) {
    const ofKey = numbers.filter((n) => n % KEYS === key)
    const expected = Array.from({ length: count }, (_, n) => n).filter((n) => n % KEYS === key)
    t.strictSame(ofKey, expected, `k${key}`)
  }
}

t.test('a put that fills the disk: 1, what was stored is said, and is there', skip, (t) => {
  const { put, run, numbers } = project(t, 'filled')
  const { status, stdout, stderr } = put(1200)
  t.strictSame([status, stdout], [1, ''])
  t.match(stderr, UNWRITABLE)
  const [, told] = /^([\d,]+) records stored before this:$/m.exec(stderr) ?? []
  const stored = Number(told?.replace(',', ''))
  t.ok(stored > 0 && stored < 1200, `${stored}`)
  t.match(run(), { status: 1, stdout: '', stderr: UNWRITABLE }, 'nor can it run')
  t.strictSame(numbers(), [], 'and then nothing is read')
  ;(disk as SmallDisk).remount('rw', 32)
  t.match(run(), { status: 0, stdout: new RegExp(`"delivered":${stored},.*"inFlight":0,`) })
  verifyOnceInOrder(t, numbers(), stored)
  ;(disk as SmallDisk).remount('rw', 48)
  t.end()
})

t.test('a disk that is full before anything is there: 1, and it starts when mended', skip, (t) => {
  const small = disk as SmallDisk
  const { put, run, numbers } = project(t, 'empty')
  for (const freeBytes of [0, 8192]) {
    small.fill(freeBytes)
    t.match(put(10), { status: 1, stdout: '', stderr: UNWRITABLE }, `${freeBytes} bytes are free`)
    t.match(run(), { status: 1, stdout: '' })
    small.empty()
  }
  t.match(put(10), { status: 0 })
  t.match(run(), { status: 0, stdout: /"delivered":10,/ })
  verifyOnceInOrder(t, numbers(), 10)
  t.end()
})
