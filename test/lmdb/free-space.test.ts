import t from 'tap'
import { noSpaceReason, writeFailureReason } from '../../lib/lmdb/free-space.ts'

t.test('a full disk is called so, whatever LMDB calls it', (t) => {
  const pages = 'No space left on device: Attempting to write page at position 36864, size 4096'
  const rows: [message: string, freeBytes: number | undefined, reason: string][] = [
    [pages, 0, noSpaceReason(0)],
    ['Input/output error', 4096, noSpaceReason(4096)],
    ['Input/output error', 10_000_000, 'Input/output error, 10000000 bytes are free'],
    [pages, undefined, 'No space left on device'],
    ['Permission denied', 0, 'Permission denied'],
  ]
  for (const [message, freeBytes, reason] of rows)
    t.equal(writeFailureReason(message, freeBytes), reason)
  t.equal(noSpaceReason(7), 'no space left on the device, 7 bytes are free')
  t.end()
})
