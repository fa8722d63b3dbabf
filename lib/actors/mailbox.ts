/** Messages handled without a turn of the event loop. */
const THROUGHPUT = 100
/** Ordinary messages that may wait: actors send few, so more is a bug of ours. */
const WAITING_MAX = 100_000

/**
 * The messages of one actor: one at a time, in order, system messages before ordinary ones. What the receiver throws
 * suspends the mailbox, nothing is lost, and the supervisor decides.
 */
export class Mailbox<Message> {
  readonly #receive: (message: Message) => void
  readonly #failed: (error: unknown) => void
  readonly #soon: (due: () => void) => void
  #system: Message[] = []
  #ordinary: Message[] = []
  #state: 'idle' | 'scheduled' | 'suspended' | 'closed' = 'idle'

  constructor(options: {
    readonly receive: (message: Message) => void
    readonly failed: (error: unknown) => void
    readonly soon: (due: () => void) => void
  }) {
    this.#receive = options.receive
    this.#failed = options.failed
    this.#soon = options.soon
  }

  tell(message: Message): void {
    if (this.#ordinary.length >= WAITING_MAX) return this.#failed(new Error('the mailbox is full'))
    this.#ordinary.push(message)
    this.#schedule()
  }

  /** Overtakes ordinary messages, and is handled by a suspended actor too. */
  tellSystem(message: Message): void {
    this.#system.push(message)
    if (this.#state === 'suspended') this.#state = 'idle'
    this.#schedule()
  }

  close(): void {
    this.#state = 'closed'
    this.#system = []
    this.#ordinary = []
  }

  #schedule(): void {
    if (this.#state !== 'idle') return
    this.#state = 'scheduled'
    queueMicrotask(() => this.#run())
  }

  #run(): void {
    for (let handled = 0; this.#state === 'scheduled'; handled++) {
      if (handled === THROUGHPUT) return this.#soon(() => this.#run())
      const message = this.#system.shift() ?? this.#ordinary.shift()
      if (message === undefined) {
        this.#state = 'idle'
        return
      }
      try {
        this.#receive(message)
      } catch (error) {
        this.#state = 'suspended'
        this.#failed(error)
      }
    }
  }
}
