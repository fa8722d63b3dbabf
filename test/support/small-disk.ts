import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own that can be filled. */
export type SmallDisk = {
  readonly directory: string
  /** Takes all the space that is left. */
  fill(): void
  /** Gives it back. */
  empty(): void
  remount(how: 'ro' | 'rw'): void
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
    fill() {
      const { bavail, bsize } = statfsSync(directory)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    empty: () => rmSync(ballast),
    remount: (how) => mount('-o', `remount,${how}`, directory),
    unmount() {
      execFileSync('umount', [directory])
      rmdirSync(directory)
    },
  }
}
