import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own that can be filled. */
export type SmallDisk = {
  readonly directory: string
  /** Takes all the space that is left, but for so much. */
  fill(freeBytes?: number): void
  /** Gives it back. */
  empty(): void
  /** `megabytes`: its size from now on. */
  remount(how: 'ro' | 'rw', megabytes?: number): void
  unmount(): void
}

/** Mounts a tmpfs. @returns why it cannot, where it cannot. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  const directory = mkdtempSync(join(tmpdir(), 'millrace-small-disk-'))
  const mount = (...words: string[]) => execFileSync('mount', words, { stdio: 'ignore' })
  try {
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory)
  } catch (error) {
    rmdirSync(directory)
    return `cannot mount a tmpfs: ${String(error)}`
  }
  const ballast = join(directory, 'ballast')
  return {
    directory,
    fill(freeBytes = 0) {
      const { bavail, bsize } = statfsSync(directory)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize - freeBytes))
    },
    empty: () => rmSync(ballast),
    remount: (how, size = megabytes) => mount('-o', `remount,${how},size=${size}m`, directory),
    unmount() {
      execFileSync('umount', [directory])
      rmdirSync(directory)
    },
  }
}
