import { readFileSync } from 'node:fs'

/** Memory of this process. @unit bytes */
export type ProcessMemory = {
  /** Without mapped files, which the kernel may take back at any time: RssAnon. */
  readonly anonymous: number
  /** With them: VmRSS. */
  readonly resident: number
}

/** @returns `undefined` where there is no /proc: on other systems than Linux. */
export function readProcessMemory(): ProcessMemory | undefined {
  try {
    return memoryOf(readFileSync('/proc/self/status', 'utf8'))
  } catch {
    return undefined
  }
}

/** @param status what `/proc/PID/status` holds. */
export function memoryOf(status: string): ProcessMemory | undefined {
  const bytesOf = (name: string): number => {
    const [, kilobytes] = status.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm')) ?? []
    return Number(kilobytes) * 1024
  }
  const memory = { anonymous: bytesOf('RssAnon'), resident: bytesOf('VmRSS') }
  return Number.isNaN(memory.anonymous + memory.resident) ? undefined : memory
}
