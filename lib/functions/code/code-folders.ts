import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import type { Entry } from 'yauzl'
import type { CodeFacts } from '../../core/function/function-entry.ts'
import { checkZip, type ZipCheck } from '../../core/function/zip-check.ts'
import type { ReadZip } from './read-zip.ts'

/** Files that are written at the same time. */
const WRITES_MAX = 16
const PRIVATE_FOLDER = 0o700
const FILE_MODE = 0o644
const PROGRAM_MODE = 0o755
const UNFINISHED = '.unfinished'
/** Stands beside the folders: Node looks no further up for what kind of module a file is, so `.js` is CommonJS as in Lambda. */
const PACKAGE_FILE = 'package.json'

/** Why a zip is not taken; nothing of it was written, or nothing is left of it. */
export class ZipRefusal extends Error {
  override readonly name = 'ZipRefusal'
}

type Accepted = Extract<ZipCheck, { type: 'accepted' }>

/** A zip that may be unpacked. */
export type CheckedZip = Pick<ReadZip, 'zip' | 'raw'> & { readonly check: Accepted }

/** Reads a zip and judges it as a whole. Writes nothing. @throws ZipRefusal */
export async function checkedZip(bytes: Buffer): Promise<CheckedZip> {
  const { readZip } = await import('./read-zip.ts')
  const { zip, raw, entries } = await readZip(bytes).catch((error: unknown) => {
    throw new ZipRefusal(error instanceof Error ? error.message : String(error))
  })
  const check = checkZip(entries, bytes.length)
  if (check.type === 'refused') throw new ZipRefusal(check.reason)
  return { zip, raw, check }
}

/** Base64 of the SHA-256. */
export const sha256Of = (bytes: Buffer): string =>
  createHash('sha256').update(bytes).digest('base64')

/** Code below one directory: a folder for each zip, which nobody changes once it has its name. */
export class CodeFolders {
  readonly #directory: string
  readonly #freshId: () => string
  /** Written, or about to be, and not referred to by anybody yet. */
  readonly #fresh = new Set<string>()

  constructor(directory: string, freshId: () => string) {
    this.#directory = directory
    this.#freshId = freshId
  }

  /** Absolute path. */
  pathOf(folder: string): string {
    return join(this.#directory, folder)
  }

  /**
   * Unpacks a zip into a folder of its own. Resolves when it is on disk. {@link settled} must follow.
   * @throws ZipRefusal where its bytes are not what its entries say; what the system says where it cannot be written.
   */
  async add(bytes: Buffer, checked: CheckedZip): Promise<CodeFacts> {
    const folder = this.#freshId()
    const unfinished = folder + UNFINISHED
    this.#fresh.add(folder).add(unfinished)
    try {
      await mkdir(this.#directory, { recursive: true, mode: PRIVATE_FOLDER })
      await writeFile(this.pathOf(unfinished), '{}\n', { flush: true })
      await rename(this.pathOf(unfinished), this.pathOf(PACKAGE_FILE))
      await unpack(checked, this.pathOf(unfinished))
      await rename(this.pathOf(unfinished), this.pathOf(folder))
      await sync(this.#directory)
      return { folder, sha256: sha256Of(bytes), sizeBytes: bytes.length }
    } catch (error) {
      await rm(this.pathOf(unfinished), { recursive: true, force: true })
      this.settled(folder)
      throw error
    }
  }

  /** Somebody refers to the folder now, or never will. */
  settled(folder: string): void {
    this.#fresh.delete(folder)
    this.#fresh.delete(folder + UNFINISHED)
  }

  /** Removes the folders that nobody uses. @param used absolute paths. */
  async keepOnly(used: ReadonlySet<string>): Promise<void> {
    const there = await readdir(this.#directory).catch(() => [])
    const isUnused = (name: string) =>
      name !== PACKAGE_FILE && !used.has(this.pathOf(name)) && !this.#fresh.has(name)
    await Promise.all(
      there
        .filter(isUnused)
        .map((folder) => rm(this.pathOf(folder), { recursive: true, force: true })),
    )
  }
}

async function unpack({ zip, raw, check }: CheckedZip, directory: string): Promise<void> {
  await mkdir(directory, { mode: PRIVATE_FOLDER })
  for (const folder of check.folders) await mkdir(join(directory, folder))
  const openEntry = promisify(zip.openReadStream.bind(zip)) as (
    entry: Entry,
  ) => Promise<NodeJS.ReadableStream>
  const waiting = check.files.toReversed()
  const writeSome = async (): Promise<void> => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      const mode = file.isExecutable ? PROGRAM_MODE : FILE_MODE
      await writeEntry(join(directory, file.path), mode, { entry: raw[file.index]!, openEntry })
    }
  }
  const writers = Array.from({ length: WRITES_MAX }, async () => {
    try {
      await writeSome()
    } catch (error) {
      // The others write what they have begun: nothing may come when the folder is being removed.
      waiting.length = 0
      throw error
    }
  })
  const ended = await Promise.allSettled(writers)
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  for (const folder of check.folders) await sync(join(directory, folder))
  await sync(directory)
}

async function writeEntry(
  path: string,
  mode: number,
  from: {
    readonly entry: Entry
    readonly openEntry: (entry: Entry) => Promise<NodeJS.ReadableStream>
  },
): Promise<void> {
  const { entry, openEntry } = from
  const bytes = await openEntry(entry).catch(refuse)
  let crc = 0
  const summed = new Transform({
    transform(chunk: Buffer, _, done) {
      crc = crc32(chunk, crc)
      done(null, chunk)
    },
  })
  // `wx`: nothing that is there is written over, or followed. `flush`: on disk when it is closed.
  const file = createWriteStream(path, { flags: 'wx', mode, flush: true })
  await pipeline(bytes, summed, file).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall !== undefined) throw error
    return refuse(error)
  })
  if (crc !== entry.crc32) refuse(new Error('the checksum of a file does not agree'))
}

function refuse(error: Error): never {
  throw new ZipRefusal(error.message)
}

/** Names within a folder are on disk only when the folder is. */
async function sync(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
