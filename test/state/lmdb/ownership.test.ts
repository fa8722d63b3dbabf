import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { open as openLmdb } from 'lmdb'
import t from 'tap'
import { migrate } from '../../../lib/state/lmdb/format.ts'
import { FORMAT_KEY, STATE_FORMAT } from '../../../lib/state/lmdb/layout.ts'
import { openLmdbStateReader } from '../../../lib/state/lmdb/lmdb-state-reader.ts'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { OWNER_KEY } from '../../../lib/state/lmdb/ownership.ts'
import { processStart } from '../../../lib/state/lmdb/process-identity.ts'
import { openMeta } from '../../../lib/state/lmdb/state-environment.ts'
import { startChild } from '../../support/child-program.ts'
import { changeOf, failedBatchOf, MAPPING, NEW_YEAR } from '../../support/state-builders.ts'

const open = (directory: string) => openLmdbStateStore({ directory, failedBatchBytesMax: 1e9 })

/** Runs a program that reports once, and goes on running. */
function childReport(name: string, directory: string) {
  return new Promise<{ report: unknown; kill: () => Promise<void> }>((resolve) => {
    const child = startChild({
      name,
      arguments: [directory],
      onMessage: (report) => resolve({ report, kill: () => child.kill() }),
    })
  })
}

t.test('D41: one process opens the data once', async (t) => {
  const directory = t.testdir()
  const store = await open(directory)
  const link = `${directory}-link`
  await symlink(directory, link)
  t.teardown(() => import('node:fs/promises').then(({ rm }) => rm(link)))
  for (const path of [directory, link])
    await t.rejects(open(path), { code: 'MILLRACE_DATA_IN_USE', facts: { pid: process.pid } })
  await store.save([changeOf(1, 1)])
  await store.close()
  await (await open(directory)).close()
})

t.test(
  'D41: a second process is refused while the first lives, and takes over at once',
  async (t) => {
    const directory = join(t.testdir(), 'data')
    const holder = await childReport('holding-child', directory)
    t.match(holder.report, { uncleanStart: false })
    await t.rejects(open(directory), { code: 'MILLRACE_DATA_IN_USE' })
    const second = await childReport('holding-child', directory)
    t.same(second.report, { code: 'MILLRACE_DATA_IN_USE' })
    await second.kill()
    await holder.kill()
    const store = await open(directory)
    t.equal(store.uncleanStart, true)
    await store.close()
  },
)

t.test('I11: who lost the ownership never writes, also what was waiting', async (t) => {
  const directory = t.testdir()
  const store = await open(directory)
  await store.save([changeOf(1, 1)])
  const meta = openMeta(directory, 'write')
  const first = store.save([changeOf(1, 2)])
  await first
  await meta.put(OWNER_KEY, meta.getBinary(OWNER_KEY)!, 4711)
  const saves = [2, 3].map((shard) => store.save([changeOf(shard, 1)]))
  for (const save of saves) await t.rejects(save, { code: 'MILLRACE_DATA_LOST_OWNERSHIP' })
  await t.rejects(store.save([changeOf(1, 3)]), { code: 'MILLRACE_DATA_LOST_OWNERSHIP' })
  t.same(
    [...store.loadShards(MAPPING).values()].map(({ state }) => state.mark),
    ['2'],
  )
  await store.close()
  t.ok(meta.getBinary(OWNER_KEY), 'the new owner keeps its record')
  await meta.close()
})

t.test('a process is known by id and start', async (t) => {
  const own = processStart(process.pid)
  t.ok(own)
  t.equal(processStart(process.pid), own)
  t.not(processStart(process.ppid), own)
  t.equal(processStart(2 ** 22 + 1), undefined)
})

t.test('a newer format is refused and untouched; the reader refuses it too', async (t) => {
  const directory = t.testdir()
  await (await open(directory)).close()
  const meta = openMeta(directory, 'write')
  await meta.put(FORMAT_KEY, Buffer.from('7'))
  await meta.close()
  const refusal = {
    code: 'MILLRACE_DATA_VERSION',
    facts: { actual: 7, expected: STATE_FORMAT },
  }
  await t.rejects(open(directory), refusal)
  await t.rejects(openLmdbStateReader(directory), refusal)
  const again = openMeta(directory, 'read')
  t.equal(again.getBinary(OWNER_KEY), undefined, 'nobody owns it')
  await again.close()
})

t.test('an older format is migrated step by step, or refused where no step leads on', async (t) => {
  const path = t.testdir()
  const meta = openLmdb<Buffer, Buffer>({
    path,
    name: 'meta',
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    useVersions: true,
  })
  const steps: number[] = []
  const migrations = new Map([-1, 0, 1, 2].map((format) => [format, () => void steps.push(format)]))
  await meta.put(FORMAT_KEY, Buffer.from('0'))
  meta.transactionSync(() => migrate(meta, path, migrations))
  t.same(steps, [0, 1, 2])
  t.equal(meta.getBinary(FORMAT_KEY)?.toString(), String(STATE_FORMAT))
  await meta.put(FORMAT_KEY, Buffer.from('0'))
  t.throws(() => migrate(meta, path, new Map()), { code: 'MILLRACE_DATA_VERSION' })
  await meta.close()
})

t.test(
  'data of format 1, which had no redrives and no definitions, is taken over; a reader asks for that',
  async (t) => {
    const directory = t.testdir()
    await (await open(directory)).close()
    const meta = openMeta(directory, 'write')
    await meta.put(FORMAT_KEY, Buffer.from('1'))
    await meta.close()
    await t.rejects(openLmdbStateReader(directory), { code: 'MILLRACE_DATA_VERSION' })
    const store = await open(directory)
    t.same(store.redrives(), [])
    t.same(store.definitions('mapping'), [])
    await store.close()
    await (await openLmdbStateReader(directory)).close()
  },
)

t.test('the directory is private, and no link', async (t) => {
  const directory = t.testdir({ elsewhere: {}, linked: {}, file: '' })
  const loose = join(directory, 'loose')
  await mkdir(join(loose, 'state'), { recursive: true, mode: 0o755 })
  await chmod(join(loose, 'state'), 0o755)
  await (await open(loose)).close()
  t.equal((await stat(join(loose, 'state'))).mode & 0o777, 0o700)
  await symlink(join(directory, 'elsewhere'), join(directory, 'linked', 'state'))
  await t.rejects(open(join(directory, 'linked')), { code: 'MILLRACE_DATA_UNWRITABLE' })
  await t.rejects(open(join(directory, 'file')), { code: 'MILLRACE_DATA_UNWRITABLE' })
})

t.test('the reader looks on while another process runs, and owns nothing', async (t) => {
  const directory = join(t.testdir(), 'data')
  await t.rejects(openLmdbStateReader(directory), { code: 'MILLRACE_DATA_ABSENT' })
  const store = await open(directory)
  const record = { uuid: MAPPING, createdAt: NEW_YEAR, streams: [] }
  await store.saveMapping(record)
  await store.save([changeOf(1, 1, { discards: [failedBatchOf()], destination: 'd' })])
  await store.close()
  const holder = await childReport('holding-child', directory)
  const reader = await openLmdbStateReader(directory)
  t.same(reader.mappings(), [record])
  t.same(reader.loadMapping(MAPPING), record)
  t.equal(reader.loadShards(MAPPING).size, 1)
  t.same(
    [...reader.failedBatches()].map(({ failed }) => failed),
    [failedBatchOf()],
  )
  t.equal(reader.failedTotals.count, 1)
  t.equal(reader.outboxCount, 1)
  await reader.close()
  await holder.kill()
  const again = await open(directory)
  t.equal(again.uncleanStart, true, 'the holder was killed, the reader changed nothing')
  await again.close()
})

t.test('the reader sees what a store of the same process saves', async (t) => {
  const directory = t.testdir()
  const store = await open(directory)
  const reader = await openLmdbStateReader(directory)
  for (const mark of [1, 2, 3]) {
    await store.save([changeOf(1, mark)])
    t.equal([...reader.loadShards(MAPPING).values()][0]?.state.mark, String(mark))
  }
  await reader.close()
  await store.save([changeOf(1, 4)])
  await store.close()
})

t.test('a file that is no data is refused and left as it is', async (t) => {
  const directory = t.testdir({ state: { 'data.mdb': 'x'.repeat(9000) } })
  await t.rejects(open(directory), { code: 'MILLRACE_DATA_DAMAGED' })
  await writeFile(join(directory, 'state', 'data.mdb'), '')
  await (await open(directory)).close()
})
