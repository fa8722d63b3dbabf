import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What is fetched once and serves every clone and every installation: DynamoDB Local and the rivals. */
export const CACHE_FOLDER = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'millrace-bench',
)

/**
 * The folder `name` of the cache; made by `fill` where it is not there. Several may do so at once: it appears
 * whole, by a rename, and the first one's stays. Nothing stays of one that could not be filled.
 * @param fill is given an empty folder. @returns its path.
 */
export async function cachedFolder(
  name: string,
  fill: (folder: string) => Promise<void>,
  root = CACHE_FOLDER,
): Promise<string> {
  const folder = join(root, name)
  if (existsSync(folder)) return folder
  await mkdir(root, { recursive: true })
  const partial = await mkdtemp(`${folder}.partial-`)
  try {
    await fill(partial)
    await rename(partial, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return folder
}
