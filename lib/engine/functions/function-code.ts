import type { CodeFacts } from '../../core/function/function-entry.ts'
import { hasHandlerFile } from '../../core/function/zip-check.ts'
import { ZIP_BYTES_MAX } from '../../core/limits.ts'
import { ApiError } from '../../core/mapping/api-error.ts'
import {
  type CheckedZip,
  type CodeFolders,
  checkedZip,
  sha256Of,
  ZipRefusal,
} from '../../functions/code/code-folders.ts'

const COULD_NOT_UNZIP =
  'Could not unzip uploaded file. Please check your file, then try to upload again.'

/** A zip that may be unpacked; nothing is written yet. */
export type Upload = {
  readonly bytes: Buffer
  readonly checked: CheckedZip
  readonly facts: Pick<CodeFacts, 'sha256' | 'sizeBytes'>
}

/**
 * Looks a zip over as a whole. @param zip bytes, or base64.
 * @param handler Where given, its file must be there. Not for new code of a function: its handler may be changed next.
 * @throws ApiError InvalidParameterValueException, RequestTooLargeException
 */
export async function readUpload(zip: unknown, handler?: string): Promise<Upload> {
  const bytes = bytesOf(zip)
  if (bytes.length > ZIP_BYTES_MAX) {
    throw new ApiError(
      'RequestTooLargeException',
      `Zipped size must be smaller than ${ZIP_BYTES_MAX} bytes`,
    )
  }
  const checked = await checkedZip(bytes).catch(toApiError)
  if (handler !== undefined && !hasHandlerFile(checked.check.files, handler)) {
    throw invalid(`The uploaded file holds no file for the handler ${handler}`)
  }
  return { bytes, checked, facts: { sha256: sha256Of(bytes), sizeBytes: bytes.length } }
}

/**
 * Unpacks it for as long as `use` takes to refer to it; code that nobody refers to goes again.
 * @throws ApiError where its bytes are not what they were said to be.
 */
export async function withCode<Told>(
  folders: CodeFolders,
  { bytes, checked }: Upload,
  use: (code: CodeFacts) => Promise<Told>,
): Promise<Told> {
  const code = await folders.add(bytes, checked).catch(toApiError)
  try {
    return await use(code)
  } finally {
    folders.settled(code.folder)
  }
}

function bytesOf(zip: unknown): Buffer {
  if (zip === undefined) throw invalid('Please provide a source for function code.')
  const bytes = zip instanceof Uint8Array ? Buffer.from(zip) : fromBase64(zip)
  if (bytes.length === 0) throw invalid('Uploaded file must be a non-empty zip')
  return bytes
}

function fromBase64(text: unknown): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined
  // Buffer passes over what is no base64.
  const isWhole = bytes && Buffer.byteLength(String(text), 'base64') === bytes.length
  if (bytes && isWhole && /^[A-Za-z0-9+/]*={0,2}$/.test(String(text))) return bytes
  throw invalid('ZipFile must be the base64 of a zip')
}

function toApiError(error: unknown): never {
  if (!(error instanceof ZipRefusal)) throw error
  if (error.message.startsWith('Unzipped size')) throw invalid(error.message)
  throw invalid(`${COULD_NOT_UNZIP} (${error.message})`, error.message)
}

function invalid(message: string, detail?: string): ApiError {
  const more = detail === undefined ? {} : { detail }
  return new ApiError('InvalidParameterValueException', message, [], more)
}
