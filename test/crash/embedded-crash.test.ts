import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { ShardId } from '../../lib/core/ids.ts'
import type { EmbeddedStream } from '../../lib/sources/embedded/embedded-stream.ts'
import { openStreams, order, readAll, temporaryDirectory } from '../support/embedded-fixture.ts'

const CHILD = fileURLToPath(new URL('../support/putting-child.js', import.meta.url))

/** Lets a child put until it has acknowledged this often, then kills it. @returns the last number by writer. */
async function putAndKill(directory: string, size: number, acknowledgements: number) {
  const child = spawn(process.execPath, [CHILD, directory, String(size)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const last = new Map<string, number>()
  let count = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [writer, n] = line.split(' ') as [string, string]
    last.set(writer, Number(n))
    if (++count === acknowledgements) child.kill('SIGKILL')
  }
  return last
}

/** The numbers of each writer, in the order in which they are read. */
function numbersByWriter(stream: EmbeddedStream): Map<string, number[]> {
  const found = new Map<string, number[]>()
  for (const { facts } of stream.shards) {
    for (const { dynamodb } of readAll(stream, facts.shardId)) {
      const { id, n } = dynamodb.NewImage as { id: { S: string }; n: { N: string } }
      const numbers = found.get(id.S) ?? []
      found.set(id.S, [...numbers, Number(n.N)])
    }
  }
  return found
}

async function checkAfterKill(t: Test, size: number): Promise<void> {
  const directory = temporaryDirectory(t)
  const acknowledged = await putAndKill(directory, size, 60)
  const streams = await openStreams(t, directory)
  const stream = streams.stream('orders')
  const found = numbersByWriter(stream)
  t.ok(acknowledged.size > 0)
  for (const [writer, numbers] of found) {
    const inOrder = numbers.every((n, i) => n === i)
    t.ok(inOrder, `${writer}: none missing, none twice, in order`)
    t.equal(numbers.length % size, 0, `${writer}: no put stored in part`)
  }
  for (const [writer, last] of acknowledged) {
    t.ok((found.get(writer) ?? []).length > last, `${writer}: what was acknowledged is there`)
  }
  for (const { facts } of stream.shards) {
    const ids = readAll(stream, facts.shardId).map(({ eventID }) => eventID)
    t.equal(new Set(ids).size, ids.length)
  }
  const { sequenceNumbers } = await stream.put([order('after')])
  const shardId = Object.keys(sequenceNumbers)[0] as ShardId
  const last = readAll(stream, shardId).at(-1)!
  t.equal(last.dynamodb.SequenceNumber, sequenceNumbers[shardId])
}

for (const size of [1, 7, 700]) {
  t.test(`SIGKILL while putting ${size} at a time: all that was acknowledged is there`, (t) =>
    checkAfterKill(t, size),
  )
}

t.test('the same in the state that a power loss would leave (LMDB_RESTORE=safe)', async (t) => {
  process.env['LMDB_RESTORE'] = 'safe'
  t.teardown(() => {
    delete process.env['LMDB_RESTORE']
  })
  await checkAfterKill(t, 1)
  await checkAfterKill(t, 50)
})

t.test(
  'a full disk refuses the put; the stream lives on and keeps what was acknowledged',
  async (t) => {
    const directory = temporaryDirectory(t)
    // The limit on the size of a file stands for the full disk. @unit KiB
    const script = `ulimit -f 6000; exec "$0" "$@"`
    const args = ['-c', script, process.execPath, CHILD, directory, '40', '2000']
    const child = spawn('bash', args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) lines.push(line)
    const refusals = lines.filter((line) => line.startsWith('refused'))
    t.equal(refusals.length, 5)
    for (const line of refusals) t.equal(line, 'refused MILLRACE_DATA_UNWRITABLE')
    const acknowledged = lines.filter((line) => /^[a-e] /.test(line)).length * 40
    t.ok(acknowledged > 0)
    t.equal(lines.at(-1), `alive ${acknowledged}`, 'neither lost nor made visible')
    const stream = (await openStreams(t, directory)).stream('orders')
    const stored = [...numbersByWriter(stream).values()]
    t.equal(
      stored.reduce((sum, numbers) => sum + numbers.length, 0),
      acknowledged,
    )
    await stream.put([order('a')])
  },
)
