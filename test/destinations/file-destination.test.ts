import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { failureDocumentWithPayload } from '../../lib/core/destination/failure-document.ts'
import { openFileDestination } from '../../lib/destinations/file/file-destination.ts'
import { testDestination } from '../contracts/destination.ts'
import { failedBatchOf } from '../support/state-builders.ts'

testDestination(t, async (t) => {
  const path = join(t.testdir(), 'failed.ndjson')
  return {
    open: () => openFileDestination(path),
    async accepted() {
      const lines = (await readFile(path, 'utf8')).split('\n')
      t.equal(lines.pop(), '', 'the file ends with a line end')
      return lines.map((line) => {
        const document = JSON.parse(line)
        return { requestId: document.requestContext.requestId, payload: document.payload }
      })
    },
  }
})

const LINE = `${failureDocumentWithPayload(failedBatchOf())}\n`

t.test('a line is the document with its payload, and nobody else reads it', async (t) => {
  const path = join(t.testdir(), 'failed.ndjson')
  const destination = await openFileDestination(path)
  await destination.deliver(failedBatchOf(), 'id')
  await destination.close()
  t.equal(await readFile(path, 'utf8'), LINE)
  t.equal((await stat(path)).mode & 0o777, 0o600)
})

t.test('the last line is repaired', async (t) => {
  const path = join(t.testdir(), 'failed.ndjson')
  const long = failedBatchOf({ payload: 'x'.repeat(200_000) })
  const longLine = failureDocumentWithPayload(long)
  const cases: [why: string, before: string, after: string][] = [
    ['whole lines stay', LINE, LINE],
    ['an empty file stays', '', ''],
    ['a torn line goes', LINE + LINE.slice(0, 200), LINE],
    ['a line torn in its first bytes goes', `${LINE}{"req`, LINE],
    ['a torn line longer than a read goes', LINE + longLine.slice(0, -1), LINE],
    ['the only line, torn, goes', longLine.slice(0, 150_000), ''],
    ['zeros that a power loss left go', `${LINE}${'\0'.repeat(5000)}`, LINE],
    ['a torn line with zeros goes', `${LINE}${LINE.slice(0, 50)}\0\0`, LINE],
    ['a whole document gets its line end', LINE + LINE.trim(), LINE + LINE],
    ['what is not ours is not removed', `${LINE}a note`, `${LINE}a note\n`],
  ]
  for (const [why, before, after] of cases) {
    await writeFile(path, before)
    const destination = await openFileDestination(path)
    t.equal(await readFile(path, 'utf8'), after, why)
    await destination.deliver(failedBatchOf(), 'id')
    t.equal(await readFile(path, 'utf8'), after + LINE, why)
    await destination.close()
  }
})

t.test('a file that was moved away is not written to any more', async (t) => {
  const path = join(t.testdir(), 'failed.ndjson')
  const destination = await openFileDestination(path)
  await destination.deliver(failedBatchOf(), 'id')
  await rename(path, `${path}.1`)
  await destination.deliver(failedBatchOf(), 'id')
  t.equal(await readFile(`${path}.1`, 'utf8'), LINE)
  t.equal(await readFile(path, 'utf8'), LINE)
  await destination.close()
})

t.test('a place that cannot be written is said so', async (t) => {
  const directory = t.testdir()
  await t.rejects(openFileDestination(directory), { code: 'MILLRACE_DATA_UNWRITABLE' })
  await t.rejects(openFileDestination(join(directory, 'none', 'f')), {
    code: 'MILLRACE_DATA_UNWRITABLE',
    facts: { directory: join(directory, 'none', 'f') },
  })
})
