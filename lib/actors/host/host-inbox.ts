import type { Channel } from '../../ports/channel.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FromHost, ToHost } from '../protocol.ts'

/** What a host must know before it reads a lane, as opposed to what it is told to do. */
export type HostKnowledge = Extract<ToHost, { type: 'open-shard' | 'structures' }>
export type HostCommand = Exclude<ToHost, HostKnowledge>

export type HostInboxParts = {
  readonly channel: Channel<ToHost, FromHost>
  readonly clock: Clock
  learn(knowledge: HostKnowledge): void
  /** A turn of its own. */
  obey(command: HostCommand): void
}

/**
 * Messages of the main thread to a host. Knowledge may be fetched in the middle of reading a lane; a command that comes
 * with it must not begin there, since all lanes of a host share one reader: it waits until the turn has ended.
 */
export class HostInbox {
  readonly #parts: HostInboxParts
  /** In order. */
  readonly #deferred: HostCommand[] = []
  #isDraining = false

  constructor(parts: HostInboxParts) {
    this.#parts = parts
  }

  open(): void {
    this.#parts.channel.receive((message) => this.#arrived(message))
  }

  /** Takes in what has arrived, in the middle of something. */
  drain(): void {
    this.#isDraining = true
    this.#parts.channel.drain()
    this.#isDraining = false
  }

  #arrived(message: ToHost): void {
    const { learn, obey, clock } = this.#parts
    if (message.type === 'open-shard' || message.type === 'structures') return learn(message)
    if (!this.#isDraining && this.#deferred.length === 0) return obey(message)
    if (this.#deferred.push(message) === 1) clock.soon(() => this.#obeyDeferred())
  }

  #obeyDeferred(): void {
    for (let command = this.#deferred[0]; command; command = this.#deferred[0]) {
      this.#parts.obey(command)
      this.#deferred.shift()
    }
  }
}
