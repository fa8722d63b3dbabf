import { promisify } from 'node:util'
import { type Entry, fromBuffer, type Options, type ZipFile } from 'yauzl'
import type { ZipEntry } from '../../core/function/zip-check.ts'
import { ZIP_ENTRIES_MAX } from '../../core/limits.ts'

/** A zip that was read up to its contents. */
export type ReadZip = {
  readonly zip: ZipFile
  /** As yauzl has them, and as they are judged, in the same order. */
  readonly raw: readonly Entry[]
  readonly entries: readonly ZipEntry[]
}

const LOCAL_HEADER_BYTES = 30
const UNIX = 3
const open = promisify<Buffer, Options, ZipFile>(fromBuffer)

/**
 * Reads the central directory. Names stay bytes until they are judged here: yauzl would mend some of them.
 * @throws Error of yauzl where it is no zip.
 */
export async function readZip(bytes: Buffer): Promise<ReadZip> {
  const zip = await open(bytes, { lazyEntries: true, decodeStrings: false, autoClose: false })
  const raw = await listEntries(zip)
  return { zip, raw, entries: raw.map((entry) => judgedEntry(entry, bytes)) }
}

/** One more than is allowed is enough to tell. */
function listEntries(zip: ZipFile): Promise<readonly Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    zip.on('error', reject)
    zip.on('end', () => resolve(entries))
    zip.on('entry', (entry: Entry) => {
      entries.push(entry)
      if (entries.length > ZIP_ENTRIES_MAX) resolve(entries)
      else zip.readEntry()
    })
    zip.readEntry()
  })
}

function judgedEntry(entry: Entry, bytes: Buffer): ZipEntry {
  const { relativeOffsetOfLocalHeader: from, fileNameRaw, compressedSize } = entry
  const local = localHeader(bytes, from)
  const headEnd = from + LOCAL_HEADER_BYTES + local.nameBytes + local.extraBytes
  return {
    name: maybeText(fileNameRaw),
    localName: maybeText(local.name),
    compressedBytes: compressedSize,
    uncompressedBytes: entry.uncompressedSize,
    method: entry.compressionMethod,
    isEncrypted: entry.isEncrypted(),
    unixMode: entry.versionMadeBy >>> 8 === UNIX ? entry.externalFileAttributes >>> 16 : undefined,
    extraFieldIds: entry.extraFields.map(({ id }) => id),
    range: { from, to: headEnd + compressedSize },
  }
}

/** yauzl reads it only together with the file's bytes. */
function localHeader(bytes: Buffer, from: number) {
  const isThere = from + LOCAL_HEADER_BYTES <= bytes.length
  const nameBytes = isThere ? bytes.readUInt16LE(from + 26) : 0
  const extraBytes = isThere ? bytes.readUInt16LE(from + 28) : 0
  const nameAt = from + LOCAL_HEADER_BYTES
  return { nameBytes, extraBytes, name: bytes.subarray(nameAt, nameAt + nameBytes) }
}

function maybeText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
