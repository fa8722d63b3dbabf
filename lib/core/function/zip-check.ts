import * as limits from '../limits.ts'
import { utf8Length } from '../utf8.ts'

/** An entry of a zip as its central directory tells of it; nothing of it is believed before it is checked. */
export type ZipEntry = {
  /** As it stands there; undefined where it is not UTF-8. */
  readonly name: string | undefined
  readonly compressedBytes: number
  readonly uncompressedBytes: number
  /** 0: stored, 8: deflated. */
  readonly method: number
  readonly isEncrypted: boolean
  /** `st_mode` where a Unix system made it. */
  readonly unixMode: number | undefined
  readonly extraFieldIds: readonly number[]
  /** Bytes that it takes up in the zip, its own header included. */
  readonly range: { readonly from: number; readonly to: number }
  /** Name in the header that stands before its bytes: the same, in an honest zip. */
  readonly localName: string | undefined
}

/** A file to be written. */
export type ZipFile = {
  /** Of its entry. */
  readonly index: number
  /** Relative, with `/`, of plain names only. */
  readonly path: string
  readonly isExecutable: boolean
}

export type ZipCheck =
  | { readonly type: 'refused'; readonly reason: string }
  | {
      readonly type: 'accepted'
      readonly files: readonly ZipFile[]
      /** Parents before their children. */
      readonly folders: readonly string[]
    }

const FILE_TYPE = 0o170000
const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o010000, 'a pipe'],
  [0o020000, 'a device'],
  [0o060000, 'a device'],
  [0o120000, 'a symbolic link'],
  [0o140000, 'a socket'],
])
const SPECIAL_BITS = 0o7000
const ANY_EXECUTES = 0o111
/** Extra fields that can carry links and owners: PKWARE's and ASi's for Unix. */
const LINK_FIELDS = new Set([0x000d, 0x756e])
const STORED = 0
const DEFLATED = 8

class Refusal extends Error {}

/**
 * Whether a zip may be unpacked, as a whole, and to which files: only plain files below one folder, in bounds, each with
 * bytes of its own. @param zipBytes size of the zip. @source reliability §4 (7, 8); Lambda quotas
 */
export function checkZip(entries: readonly ZipEntry[], zipBytes: number): ZipCheck {
  try {
    return checked(entries, zipBytes)
  } catch (error) {
    if (error instanceof Refusal) return { type: 'refused', reason: error.message }
    throw error
  }
}

function checked(entries: readonly ZipEntry[], zipBytes: number): ZipCheck {
  checkAmounts(entries, zipBytes)
  const tree = new PathTree()
  const files: ZipFile[] = []
  for (const [index, entry] of entries.entries()) {
    const path = pathOf(entry)
    checkKind(entry)
    checkData(entry)
    if (entry.name!.endsWith('/')) {
      tree.addFolder(path)
      continue
    }
    tree.addFile(path)
    files.push({ index, path, isExecutable: isExecutable(entry) })
  }
  checkOverlap(entries)
  if (files.length === 0) throw new Refusal('it holds no file')
  return { type: 'accepted', files, folders: tree.folders }
}

function checkAmounts(entries: readonly ZipEntry[], zipBytes: number): void {
  if (entries.length > limits.ZIP_ENTRIES_MAX)
    throw new Refusal(`it has more than ${limits.ZIP_ENTRIES_MAX} entries`)
  const bytes = entries.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0)
  if (bytes > limits.UNZIPPED_BYTES_MAX)
    throw new Refusal(`Unzipped size must be smaller than ${limits.UNZIPPED_BYTES_MAX} bytes`)
  if (bytes > limits.ZIP_RATIO_FREE_BYTES_MAX && bytes > zipBytes * limits.ZIP_RATIO_MAX)
    throw new Refusal(`it unpacks to more than ${limits.ZIP_RATIO_MAX} times its size`)
}

/** Of plain names only, without the slash that ends a folder's. */
function pathOf({ name, localName }: ZipEntry): string {
  if (name === undefined) throw new Refusal('a name is not UTF-8')
  if (name !== localName) throw new Refusal(`two names are given for ${quoted(name)}`)
  if (utf8Length(name) > limits.ZIP_PATH_BYTES_MAX) throw new Refusal('a path is too long')
  if (name.startsWith('/')) throw new Refusal(`${quoted(name)} is an absolute path`)
  if (/^[a-zA-Z]:/.test(name)) throw new Refusal(`${quoted(name)} names a drive`)
  // A backslash is a separator to some: such a name means two things.
  if (hasControlOrBackslash(name)) throw new Refusal(`${quoted(name)} has a character of no name`)
  const path = name.replace(/\/$/, '')
  const parts = path.split('/')
  if (parts.length > limits.ZIP_DEPTH_MAX) throw new Refusal('a path is too deep')
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..')
      throw new Refusal(`${quoted(name)} is no plain path`)
    if (utf8Length(part) > limits.ZIP_NAME_BYTES_MAX) throw new Refusal('a name is too long')
  }
  return path
}

function hasControlOrBackslash(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 0x20 || code === 0x7f || code === 0x5c) return true
  }
  return false
}

function checkKind({ name = '', unixMode = 0, extraFieldIds }: ZipEntry): void {
  const kind = FILE_TYPES.get(unixMode & FILE_TYPE)
  if (kind) throw new Refusal(`${quoted(name)} is ${kind}`)
  const isFolder = (unixMode & FILE_TYPE) === 0o040000
  if (isFolder && !name.endsWith('/')) throw new Refusal(`${quoted(name)} is a folder and a file`)
  if ((unixMode & SPECIAL_BITS) !== 0)
    throw new Refusal(`${quoted(name)} has setuid, setgid or sticky bits`)
  if (extraFieldIds.some((id) => LINK_FIELDS.has(id)))
    throw new Refusal(`${quoted(name)} may be a link`)
}

function checkData(entry: ZipEntry): void {
  const { name = '', method, isEncrypted, compressedBytes, uncompressedBytes } = entry
  if (isEncrypted) throw new Refusal(`${quoted(name)} is encrypted`)
  if (method !== STORED && method !== DEFLATED)
    throw new Refusal(`${quoted(name)} is packed by method ${method}`)
  if (method === STORED && compressedBytes !== uncompressedBytes)
    throw new Refusal(`${quoted(name)} has two sizes`)
  if (name.endsWith('/') && uncompressedBytes > 0)
    throw new Refusal(`${quoted(name)} is a folder with bytes`)
}

/** Entries that share bytes make a small zip unpack to a large one. */
function checkOverlap(entries: readonly ZipEntry[]): void {
  const ranges = entries.map(({ range }) => range).toSorted((a, b) => a.from - b.from)
  for (const [i, { from }] of ranges.entries())
    if (i > 0 && from < ranges[i - 1]!.to) throw new Refusal('two entries share bytes')
}

const isExecutable = ({ unixMode = 0 }: ZipEntry): boolean => (unixMode & ANY_EXECUTES) !== 0

const quoted = (name: string): string => JSON.stringify(name.slice(0, 100))

/** Paths that are taken, as file systems see them that know no case. */
class PathTree {
  readonly folders: string[] = []
  /** The path as it was first written, and what stands there. */
  readonly #taken = new Map<string, { readonly path: string; readonly kind: 'file' | 'folder' }>()

  addFile(path: string): void {
    this.#addParent(path)
    if (this.#taken.has(folded(path))) throw new Refusal(`${quoted(path)} is there twice`)
    this.#taken.set(folded(path), { path, kind: 'file' })
  }

  addFolder(path: string): void {
    const known = this.#taken.get(folded(path))
    if (known?.kind === 'file') throw new Refusal(`${quoted(path)} is a folder and a file`)
    if (known && known.path !== path) throw new Refusal(`${quoted(path)} is there in another case`)
    if (known) return
    this.#addParent(path)
    this.#taken.set(folded(path), { path, kind: 'folder' })
    this.folders.push(path)
  }

  #addParent(path: string): void {
    const slash = path.lastIndexOf('/')
    if (slash > 0) this.addFolder(path.slice(0, slash))
  }
}

const folded = (path: string): string => path.normalize('NFC').toLowerCase()

/** A file that would be found for `Handler`, as a module's name is looked for. @source aws-semantics §9.4 */
export function hasHandlerFile(files: readonly ZipFile[], handler: string): boolean {
  const slash = handler.lastIndexOf('/') + 1
  const folder = handler.slice(0, slash).replace(/^(\.?\/)+/, '')
  const name = handler.slice(slash).split('.')[0] ?? ''
  const module = folder + name
  const endings = ['', '.js', '.mjs', '.cjs', '.json', '.node']
  const wanted = new Set(endings.map((ending) => module + ending))
  // A folder of that name is a module too, and so is a package.
  const below = [`${module}/`, `node_modules/${name}/`, `${folder}node_modules/${name}/`]
  return files.some(({ path }) => wanted.has(path) || below.some((place) => path.startsWith(place)))
}
