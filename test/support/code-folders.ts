import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Folders of unpacked zips below a data directory; and anything else there but what always stands beside them. */
export function codeFoldersOf(data: string): readonly string[] {
  const code = join(data, 'code')
  return existsSync(code) ? readdirSync(code).filter((name) => name !== 'package.json') : []
}
