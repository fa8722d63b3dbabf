import { crc32, deflateRawSync } from 'node:zlib'

/** An entry of a zip; what is not said is as an honest zip has it. */
export type ZipPart = {
  readonly name: string | Buffer
  readonly text?: string | Buffer
  readonly method?: number
  /** `st_mode`, with the type of the file. */
  readonly mode?: number
  /** Of the general purpose bits. */
  readonly flags?: number
  readonly extra?: Buffer
  /** What it says that its size is when unpacked. */
  readonly saysBytes?: number
  readonly saysCrc?: number
  /** The name in the header before its bytes. */
  readonly localName?: string
  /** Uses the bytes of the entry with that index. */
  readonly sharesWith?: number
}

const FILE_MODE = 0o100644
const UNIX = 3 << 8
const DEFLATED = 8
const UTF8 = 0x800

type Written = { readonly part: ZipPart; readonly head: Buffer; readonly offset: number }

/** A zip with these entries, lies included. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const chunks: Buffer[] = []
  const written: Written[] = []
  let offset = 0
  for (const part of parts) {
    if (part.sharesWith !== undefined) {
      const { head, offset: at } = written[part.sharesWith]!
      written.push({ part, head, offset: at })
      continue
    }
    const { head, bytes } = packed(part)
    const name = Buffer.from(part.localName ?? part.name)
    const extra = part.extra ?? Buffer.alloc(0)
    const local = Buffer.concat([u32(0x04034b50), head, u16(name.length), u16(extra.length)])
    written.push({ part, head, offset })
    chunks.push(local, name, extra, bytes)
    offset += local.length + name.length + extra.length + bytes.length
  }
  const directory = Buffer.concat(written.map(centralEntry))
  const counts = [u16(0), u16(0), u16(parts.length), u16(parts.length)]
  const end = [u32(0x06054b50), ...counts, u32(directory.length), u32(offset), u16(0)]
  return Buffer.concat([...chunks, directory, ...end])
}

/** A zip of files by name. */
export const zipOfFiles = (files: Readonly<Record<string, string>>): Buffer =>
  zipOf(Object.entries(files).map(([name, text]) => ({ name, text })))

function packed(part: ZipPart): { readonly head: Buffer; readonly bytes: Buffer } {
  const { method = DEFLATED, flags = UTF8 } = part
  const text = Buffer.from(part.text ?? '')
  const bytes = method === DEFLATED ? deflateRawSync(text) : text
  const crc = part.saysCrc ?? crc32(text)
  const sizes = [u32(crc), u32(bytes.length), u32(part.saysBytes ?? text.length)]
  return { head: Buffer.concat([u16(20), u16(flags), u16(method), u32(0), ...sizes]), bytes }
}

function centralEntry({ part, head, offset }: Written): Buffer {
  const name = Buffer.from(part.name)
  const extra = part.extra ?? Buffer.alloc(0)
  const lengths = [u16(name.length), u16(extra.length), u16(0), u16(0), u16(0)]
  const attributes = u32(((part.mode ?? FILE_MODE) << 16) >>> 0)
  const start = [u32(0x02014b50), u16(UNIX | 20), head, ...lengths, attributes, u32(offset)]
  return Buffer.concat([...start, name, extra])
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
