import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/** SHA-256 of no bytes, in hex. */
export const EMPTY_HASH = createHash('sha256').digest('hex')

/**
 * A body that ends only when `check` does not throw for its SHA-256, in hex: who reads it to its end has a checked one.
 * Nothing is read before somebody reads it.
 */
export function hashedBody(body: Readable, check: (sha256: string) => void): Readable {
  const checked = Readable.from(chunksOf(body, check), { objectMode: false })
  // Who has stopped to read, at a limit, does not listen any more either.
  checked.on('error', () => {})
  return checked
}

async function* chunksOf(
  body: Readable,
  check: (sha256: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    hash.update(chunk)
    yield chunk
  }
  check(hash.digest('hex'))
}
