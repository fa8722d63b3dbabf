import { chmodSync, existsSync, lstatSync, mkdirSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import { decodeCheckedJson, encodeCheckedJson } from '../../codec/segment/checked-json.ts'
import { SegmentPageBuilder } from '../../codec/segment/segment-page.ts'
import type { Structure } from '../../codec/segment/structure-table.ts'
import { MillraceError } from '../../core/errors.ts'
import type { EmbeddedStreamSettings } from '../../core/mapping/settings.ts'
import { commitFailure, damaged, expectOpenable, unwritable } from '../../lmdb/environment-error.ts'
import { verifyEntries } from '../../lmdb/verify-file.ts'
import type { ShardFacts } from './embedded-shard.ts'
import type { EncodedSegment } from './shard-buffer.ts'

/** Format of an embedded stream's environment: of its keys and of the facts in it. */
export const STREAM_FORMAT = 1

/** What is stored about a stream. */
export type StreamFacts = {
  /** Creation time, ISO without zone: the epoch. */
  readonly label: string
  readonly settings: EmbeddedStreamSettings
}

/** Changes of one transaction. */
export type StreamChange = {
  readonly stream?: StreamFacts
  readonly shards?: ReadonlyMap<number, ShardFacts>
  readonly structures?: { readonly from: number; readonly added: readonly Structure[] }
  readonly segments?: readonly { readonly shard: number; readonly segment: EncodedSegment }[]
  readonly removed?: readonly { readonly shard: number; readonly firstOrdinal: number }[]
  /** Numbers of shards that were never told to anybody; they go before `shards` are written. */
  readonly forgottenShards?: readonly number[]
}

const KEY_STREAM = Buffer.from('m')
const KIND_SHARD = 0x73
const KIND_STRUCTURE = 0x74
const KIND_SEGMENT = 0x67
const SEGMENT_KEY_BYTES = 13
const ORDINAL_MAX = Number.MAX_SAFE_INTEGER

/** Makes it, mode 0700. @throws MillraceError MILLRACE_DATA_UNWRITABLE */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (lstatSync(directory).isSymbolicLink()) throw new Error('it is a symbolic link')
    chmodSync(directory, 0o700)
  } catch (error) {
    throw unwritable(directory, error)
  }
}

function numberedKey(kind: number, index: number): Buffer {
  const key = Buffer.allocUnsafe(5)
  key[0] = kind
  key.writeUInt32BE(index, 1)
  return key
}

function fillSegmentKey(key: Buffer, shard: number, ordinal: number): Buffer {
  key[0] = KIND_SEGMENT
  key.writeUInt32BE(shard, 1)
  key.writeUInt32BE(Math.floor(ordinal / 2 ** 32), 5)
  key.writeUInt32BE(ordinal % 2 ** 32, 9)
  return key
}

function ordinalOfKey(key: Buffer): number {
  return key.readUInt32BE(5) * 2 ** 32 + key.readUInt32BE(9)
}

/** One LMDB environment: the segments of a stream and the facts about it. Opened once a process, by the main thread. */
export class StreamStore {
  readonly directory: string
  /** Of all readers of the stream: a page is used up in the turn in which it is read. */
  readonly pages = new SegmentPageBuilder()
  readonly #database: RootDatabase<Buffer, Buffer>
  readonly #key = Buffer.alloc(SEGMENT_KEY_BYTES)
  #lastFailed = false

  private constructor(directory: string, database: RootDatabase<Buffer, Buffer>) {
    this.directory = directory
    this.#database = database
  }

  /**
   * @param access `read` changes nothing, and another process may write meanwhile: the environment must exist.
   * @throws MillraceError MILLRACE_DATA_UNWRITABLE, MILLRACE_DATA_DAMAGED
   */
  static open(directory: string, access: 'write' | 'read' = 'write'): StreamStore {
    if (access === 'write') makeDirectory(directory)
    expectOpenable(directory, directory, verifyEntries)
    const isNew = !existsSync(`${directory}/data.mdb`)
    try {
      const database = open<Buffer, Buffer>({
        path: directory,
        // lmdb-js takes a name with a dot for a file.
        noSubdir: false,
        encoding: 'binary',
        keyEncoding: 'binary',
        readOnly: access === 'read',
        // Batching by event turn makes a promise nobody holds; a failed commit would reject it and end the process.
        eventTurnBatching: false,
      })
      return new StreamStore(directory, database)
    } catch (error) {
      if (isNew) throw unwritable(directory, error)
      throw damaged(directory, reasonOf(error), error)
    }
  }

  /** The stream's facts, `undefined` where none was ever created here. @throws MillraceError */
  loadStream(): StreamFacts | undefined {
    const bytes = this.#database.get(KEY_STREAM)
    return bytes && (this.#decode(bytes, 'the stream') as StreamFacts)
  }

  /** @throws MillraceError */
  loadShards(): readonly ShardFacts[] {
    return this.#list(KIND_SHARD, 'shard') as readonly ShardFacts[]
  }

  /** Structures that the stream has learned. @throws MillraceError */
  loadStructures(): readonly Structure[] {
    return this.#list(KIND_STRUCTURE, 'structure') as readonly Structure[]
  }

  /**
   * The segment that begins with this ordinal. Valid until the next read; its `length` counts, not its `byteLength`.
   */
  segmentAt(shard: number, firstOrdinal: number): Buffer | undefined {
    return this.#database.getBinaryFast(fillSegmentKey(this.#key, shard, firstOrdinal))
  }

  /** First ordinal of the last segment that begins at or before `ordinal`. */
  segmentBefore(shard: number, ordinal: number): number | undefined {
    const start = fillSegmentKey(Buffer.allocUnsafe(SEGMENT_KEY_BYTES), shard, ordinal)
    const end = fillSegmentKey(Buffer.allocUnsafe(SEGMENT_KEY_BYTES), shard, 0)
    for (const key of this.#database.getKeys({ start, end, reverse: true, limit: 1 })) {
      return ordinalOfKey(key)
    }
    return undefined
  }

  /** First ordinals of the segments that begin at or after `ordinal`, ascending, at most `limit`. */
  segmentsFrom(shard: number, ordinal: number, limit: number): readonly number[] {
    const start = fillSegmentKey(Buffer.allocUnsafe(SEGMENT_KEY_BYTES), shard, ordinal)
    const end = fillSegmentKey(Buffer.allocUnsafe(SEGMENT_KEY_BYTES), shard, ORDINAL_MAX)
    const found: number[] = []
    for (const key of this.#database.getKeys({ start, end, limit })) found.push(ordinalOfKey(key))
    return found
  }

  /** First ordinal of the shard's last segment. */
  lastSegment(shard: number): number | undefined {
    return this.segmentBefore(shard, ORDINAL_MAX)
  }

  /**
   * Resolves when the change is on disk (LMDB `flushed`). All of it or nothing.
   * @throws MillraceError MILLRACE_DATA_UNWRITABLE
   */
  async commit(change: StreamChange): Promise<void> {
    try {
      const committed = this.#database.batch(() => this.#write(change))
      const { flushed } = this.#database
      // Together: one that fails while the other is awaited would end the process.
      await Promise.all([committed, flushed])
    } catch (error) {
      this.#lastFailed = true
      throw unwritable(this.directory, await commitFailure(error))
    }
    this.#lastFailed = false
  }

  async close(): Promise<void> {
    if (this.#lastFailed) await this.#forgetFailure()
    await this.#database.close()
  }

  /** lmdb-js never settles the flush of a commit that failed, and closing waits for it: a commit of nothing comes between. */
  async #forgetFailure(): Promise<void> {
    const nothing = Buffer.from('no such key')
    await this.#database.remove(nothing).catch(commitFailure)
  }

  #write(change: StreamChange): void {
    const { stream, shards, structures, segments, removed, forgottenShards } = change
    const database = this.#database
    if (stream) void database.put(KEY_STREAM, encodeCheckedJson(STREAM_FORMAT, stream))
    for (const index of forgottenShards ?? []) void database.remove(numberedKey(KIND_SHARD, index))
    for (const [index, facts] of shards ?? []) {
      void database.put(numberedKey(KIND_SHARD, index), encodeCheckedJson(STREAM_FORMAT, facts))
    }
    structures?.added.forEach((structure, i) => {
      const key = numberedKey(KIND_STRUCTURE, structures.from + i)
      void database.put(key, encodeCheckedJson(STREAM_FORMAT, structure))
    })
    for (const { shard, firstOrdinal } of removed ?? []) {
      const key = fillSegmentKey(Buffer.allocUnsafe(SEGMENT_KEY_BYTES), shard, firstOrdinal)
      void database.remove(key)
    }
    for (const { shard, segment } of segments ?? []) {
      const { firstOrdinal, bytes } = segment
      void database.put(fillSegmentKey(this.#key, shard, firstOrdinal), bytes)
    }
  }

  #list(kind: number, what: string): readonly unknown[] {
    const found: unknown[] = []
    const range = { start: numberedKey(kind, 0), end: numberedKey(kind + 1, 0) }
    for (const { value } of this.#database.getRange(range)) {
      found.push(this.#decode(value, `${what} ${found.length}`))
    }
    return found
  }

  #decode(bytes: Buffer, what: string): unknown {
    const decoded = decodeCheckedJson(STREAM_FORMAT, bytes)
    const { directory } = this
    switch (decoded.type) {
      case 'value':
        return decoded.value
      case 'version':
        throw MillraceError.of('MILLRACE_DATA_VERSION', {
          directory,
          actual: decoded.version,
          expected: STREAM_FORMAT,
        })
      case 'damaged':
        throw MillraceError.of('MILLRACE_DATA_DAMAGED', {
          directory,
          reason: `the facts about ${what} have a wrong checksum`,
        })
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
