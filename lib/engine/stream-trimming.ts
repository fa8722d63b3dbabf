import type { EpochMs } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { EmbeddedStreams } from '../sources/embedded/open-embedded-streams.ts'
import type { InspectionEvent } from './inspection.ts'

/** How often embedded streams are trimmed (D20). @unit ms */
const TRIM_MS = 60_000

export type TrimmingParts = {
  readonly streams: EmbeddedStreams
  readonly clock: Clock
  readonly report: (event: InspectionEvent) => void
}

/** Trims embedded streams now and then, while the engine runs (D20). */
export class StreamTrimming {
  readonly #parts: TrimmingParts
  #takeBack: (() => void) | undefined

  constructor(parts: TrimmingParts) {
    this.#parts = parts
  }

  start(): void {
    const { clock } = this.#parts
    this.#takeBack = clock.at((clock.now() + TRIM_MS) as EpochMs, () => {
      this.#trim()
      this.start()
    })
  }

  stop(): void {
    this.#takeBack?.()
  }

  #trim(): void {
    const { streams, report } = this.#parts
    streams.trim().then(
      (trimmed) => {
        for (const [stream, count] of trimmed)
          if (count > 0) report({ type: 'trimmed', stream, count })
      },
      (error: unknown) => report({ type: 'trim-failed', reason: String(error) }),
    )
  }
}
