// Puts records without end and says on stdout what was acknowledged: `<shardId> <sequence number> <last id>` a line.
import { writeSync } from 'node:fs'
import { openEmbeddedStreams } from '../../lib/sources/embedded/open-embedded-streams.ts'
import { order, SETTINGS } from './embedded-fixture.ts'
import { SettableClock } from './settable-clock.ts'

const [directory = '', sizeText = '1', textBytes = '10'] = process.argv.slice(2)
const size = Number(sizeText)
// Without a directory there is nothing to do: the test runner starts every file of this folder once.
if (directory === '') process.exit(0)
const streams = await openEmbeddedStreams({
  directory,
  clock: new SettableClock(),
  region: 'us-east-1',
  account: '000000000000',
})
const stream = await streams.ensure('orders', { ...SETTINGS, shardCount: 2 })

/** One writer: each of its puts begins when the one before was acknowledged. */
async function write(writer: string): Promise<void> {
  for (let n = 0; ; n += size) {
    const records = Array.from({ length: size }, (_, i) =>
      order(`${writer}`, { n: { N: String(n + i) }, text: { S: 'x'.repeat(Number(textBytes)) } }),
    )
    try {
      await stream.put(records)
    } catch (error) {
      writeSync(1, `refused ${(error as { code: string }).code}\n`)
      return
    }
    writeSync(1, `${writer} ${n + size - 1}\n`)
  }
}

await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write))
// Only a full disk ends the writers: the stream must still be there to be read.
let count = 0
for (const { facts } of stream.shards) {
  const reader = stream.openReader(facts.shardId, { type: 'trim-horizon' })
  for (let result = reader.read(); result.type === 'page'; result = reader.read()) {
    count += result.page.count
  }
}
writeSync(1, `alive ${count}\n`)
await streams.close()
