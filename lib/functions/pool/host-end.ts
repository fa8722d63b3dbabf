import type { HostEnd } from '../../core/function/host-end.ts'

const EXIT_MESSAGE = /^worker exited with code: (-?\d+)$/

/** The end that a rejected task of piscina stands for. */
export function endOfRejection(error: unknown): HostEnd {
  if (error instanceof Error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return { type: 'out-of-memory' }
    }
    const code = EXIT_MESSAGE.exec(error.message)?.[1]
    if (code !== undefined) return { type: 'exited', code: Number(code) }
  }
  return { type: 'crashed', error }
}
