import type { Logger } from 'pino'
import { MillraceError } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { LoadedConfiguration } from '../settings/load-configuration.ts'

type Load = () => Promise<LoadedConfiguration>

/** Configurations that are read again while a daemon runs: one after the other, each as a whole or not at all. @source contract §2 */
export class DaemonReload {
  readonly #engine: Engine
  readonly #log: Logger
  #state: 'early' | 'running' | 'stopped' = 'early'
  #asked: Load | undefined
  #isReading = false

  constructor(engine: Engine, log: Logger) {
    this.#engine = engine
    this.#log = log
  }

  /** Now, or when the daemon runs, or when what is under way has ended: the last one that is asked for is the one that holds. */
  ask(load: Load): void {
    this.#asked = load
    this.#next()
  }

  start(): void {
    this.#state = 'running'
    this.#next()
  }

  stop(): void {
    this.#state = 'stopped'
  }

  #next(): void {
    const load = this.#asked
    if (!load || this.#isReading || this.#state !== 'running') return
    this.#asked = undefined
    this.#isReading = true
    // It never rejects; what it does, the engine waits for at its stop.
    void this.#read(load).then(() => {
      this.#isReading = false
      this.#next()
    })
  }

  async #read(load: Load): Promise<void> {
    try {
      const { configuration } = await load()
      this.#log.info(await this.#engine.reconfigure(configuration), 'configuration read again')
    } catch (error) {
      const facts = error instanceof MillraceError ? { code: error.code, remedy: error.remedy } : {}
      const reason = error instanceof Error ? error.message : String(error)
      const message = 'configuration refused: the one before holds'
      this.#log.error({ ...facts, reason }, message)
    }
  }
}
