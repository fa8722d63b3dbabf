import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { MillraceError } from '../../../lib/core/errors.ts'
import { verifyFile } from '../../../lib/lmdb/verify-file.ts'
import { openLmdbStateStore } from '../../../lib/state/lmdb/lmdb-state-store.ts'
import { verifyState } from '../../../lib/state/lmdb/verify-state-file.ts'
import { seededFraction, testSeed } from '../../support/seeded-random.ts'
import {
  addressOf,
  changeOf,
  failedBatchOf,
  MAPPING,
  NEW_YEAR,
  stateOf,
} from '../../support/state-builders.ts'

const seed = testSeed()
const BYTES_MAX = 200_000
const open = (directory: string) =>
  openLmdbStateStore({ directory, failedBatchBytesMax: BYTES_MAX })

/** A store with all kinds of data, some history and a free list; closed. */
async function writeData(directory: string): Promise<void> {
  const random = seededFraction(seed)
  const store = await open(directory)
  await store.saveMapping({ uuid: MAPPING, createdAt: NEW_YEAR, streams: [] })
  for (let i = 0; i < 60; i++) {
    const payload = 'p'.repeat(Math.floor(random() * 20_000))
    const discards = random() < 0.5 ? [failedBatchOf({ payload, requestId: `r${i}` })] : []
    const destination = random() < 0.2 ? { destination: 'd' } : {}
    const shard = Math.floor(random() * 40)
    const change = { ...changeOf(shard, i, { discards, ...destination }) }
    const large = { ...changeOf('large', i), address: addressOf('large'.repeat(1000)) }
    await store.save(random() < 0.2 ? [change, large] : [change])
  }
  await store.close()
}

/** Everything that a restart would believe. */
async function readAll(directory: string): Promise<string> {
  const store = await open(directory)
  try {
    return JSON.stringify([
      [...store.loadShards(MAPPING)],
      store.loadMapping(MAPPING),
      [...store.failedBatches()],
      store.outbox(1000),
      store.failedTotals,
    ])
  } finally {
    await store.close()
  }
}

t.test('data without damage is accepted, whatever its history', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'state', 'data.mdb')
  for (let i = 0; i < 5; i++) {
    await writeData(directory)
    t.equal(verifyFile(file, verifyState), undefined)
  }
})

t.test('damaged bytes are found or harmless, never believed', async (t) => {
  t.comment(`seed ${seed}`)
  const directory = t.testdir()
  await writeData(directory)
  const file = join(directory, 'state', 'data.mdb')
  const expected = await readAll(directory)
  const bytes = await readFile(file)
  const random = seededFraction(seed + 1)
  let foundCount = 0
  for (let i = 0; i < 400; i++) {
    const damaged = Buffer.from(bytes)
    // The first pages are rich in structure: hit them more often.
    const reach = i % 2 === 0 ? damaged.length : Math.min(damaged.length, 12 * 4096)
    const at = Math.floor(random() * reach)
    const bit = 1 << Math.floor(random() * 8)
    if (i % 4 === 3) damaged.fill(random() < 0.5 ? 0 : 0xff, at, at + 512)
    else damaged[at] = damaged[at]! ^ bit
    await writeFile(file, damaged)
    try {
      const read = await readAll(directory)
      if (read !== expected) t.fail(`byte ${at} xor ${bit} (round ${i}) was believed`)
    } catch (error) {
      foundCount++
      const code = error instanceof MillraceError ? error.code : String(error)
      if (!['MILLRACE_DATA_DAMAGED', 'MILLRACE_DATA_VERSION'].includes(code))
        t.fail(`byte ${at} xor ${bit} (round ${i}): ${code}`, { found: String(error) })
    }
  }
  t.ok(foundCount > 20, `${foundCount} of 400 were found`)
})

t.test('a file that was cut short is refused', async (t) => {
  const directory = t.testdir()
  await writeData(directory)
  const file = join(directory, 'state', 'data.mdb')
  const { length } = await readFile(file)
  const bytes = await readFile(file)
  for (const size of [1, 100, 4096, 5000, 8192, Math.floor(length / 8), Math.floor(length / 3)]) {
    await writeFile(file, bytes)
    await truncate(file, size)
    await t.rejects(open(directory), { code: 'MILLRACE_DATA_DAMAGED' }, `${size} bytes`)
  }
})

t.test('the message says where and what', async (t) => {
  const directory = t.testdir()
  const store = await open(directory)
  await store.save([{ ...changeOf(1, 1), state: stateOf('1234567890123') }])
  await store.close()
  const file = join(directory, 'state', 'data.mdb')
  const bytes = await readFile(file)
  for (
    let at = bytes.indexOf('1234567890123');
    at >= 0;
    at = bytes.indexOf('1234567890123', at + 1)
  )
    bytes[at] = 0x32
  await writeFile(file, bytes)
  await t.rejects(open(directory), {
    code: 'MILLRACE_DATA_DAMAGED',
    message: /^damaged data in .*: shards .*shardId-1.*: the checksum differs$/,
  })
})
