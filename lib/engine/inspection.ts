import type { MappingEvent } from '../actors/mapping/mapping.ts'

/** What an engine tells of itself. Discriminated by `type`. */
export type InspectionEvent =
  | Exclude<MappingEvent, { type: 'moved' }>
  | { readonly type: 'mapping-failed'; readonly mapping: string; readonly reason: string }
  /** It can do no more in this engine; the next one tries again. */
  | { readonly type: 'redrive-failed'; readonly task: string; readonly reason: string }
  /** An invocation of type Event was given up. */
  | {
      readonly type: 'invocation-dropped'
      readonly function: string
      readonly requestId: string
      readonly reason: string
    }
  | { readonly type: 'delivery-failed'; readonly destination: string; readonly reason: string }
  | { readonly type: 'trimmed'; readonly stream: string; readonly count: number }
  | { readonly type: 'trim-failed'; readonly reason: string }
  /** The listener was too slow: this many events before the next one are missing. */
  | { readonly type: 'missed'; readonly count: number }

/** Events that may wait for one listener. */
const WAITING_MAX = 10_000

type Listener = {
  waiting: InspectionEvent[]
  missed: number
  wake: (() => void) | undefined
}

/** The typed stream of inspection events. Listeners never change an event, and never slow the engine down. */
export class Inspection {
  readonly #listeners = new Set<Listener>()
  #closed = false

  tell(event: InspectionEvent): void {
    for (const listener of this.#listeners) {
      if (listener.waiting.length >= WAITING_MAX) {
        listener.missed++
        continue
      }
      if (listener.missed > 0) listener.waiting.push({ type: 'missed', count: listener.missed })
      listener.missed = 0
      listener.waiting.push(event)
      listener.wake?.()
    }
  }

  /** Events from now on. */
  listen(): AsyncIterable<InspectionEvent> {
    const listener: Listener = { waiting: [], missed: 0, wake: undefined }
    this.#listeners.add(listener)
    const listeners = this.#listeners
    const isClosed = () => this.#closed
    return {
      async *[Symbol.asyncIterator]() {
        try {
          while (true) {
            const waiting = listener.waiting
            listener.waiting = []
            yield* waiting
            if (listener.waiting.length > 0) continue
            if (isClosed()) return
            await new Promise<void>((resolve) => {
              listener.wake = resolve
            })
          }
        } finally {
          listeners.delete(listener)
        }
      },
    }
  }

  close(): void {
    this.#closed = true
    for (const { wake } of this.#listeners) wake?.()
  }
}
