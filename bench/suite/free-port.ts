import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port that nobody has on any address: a second DynamoDB Local on a taken port would fail in silence. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
