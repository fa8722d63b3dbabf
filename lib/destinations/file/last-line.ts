import type { FileHandle } from 'node:fs/promises'

const NEWLINE = 0x0a
/** Read at a time from the end. @unit bytes */
const CHUNK_BYTES = 65_536
/** How a line of ours begins. */
const BEGINNING = '{"requestContext":'

/**
 * Makes a file end with a whole line. A last line without its end that begins like one of ours was torn by a crash
 * and never acknowledged: it is cut off. Anything else is not ours to remove and gets the line end that it lacks.
 */
export async function repairLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const start = await lastLineStart(file, size)
  if (start === size) return
  const line = Buffer.alloc(size - start)
  await file.read(line, 0, line.length, start)
  if (isTorn(line)) await file.truncate(start)
  else await file.appendFile('\n')
}

/** Where the last line begins: `size` if the file ends with a line end or is empty. */
async function lastLineStart(file: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES)
    await file.read(chunk, 0, end - start, start)
    const newline = chunk.subarray(0, end - start).lastIndexOf(NEWLINE)
    if (newline >= 0) return start + newline + 1
  }
  return 0
}

function isTorn(line: Buffer): boolean {
  // A power loss may leave zeros where a line was going to be.
  const text = line.toString('utf8').replace(/\0+$/, '')
  if (text.length < BEGINNING.length) return BEGINNING.startsWith(text)
  return text.startsWith(BEGINNING) && !isJson(text)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
