import { once } from 'node:events'
import { type Logger, pino } from 'pino'
import { MillraceError } from '../core/errors.ts'
import { Engine } from '../engine/engine.ts'
import type { InspectionEvent } from '../engine/inspection.ts'
import type { UnreadyMapping } from '../engine/unready-mappings.ts'
import type { LoadedConfiguration } from '../settings/load-configuration.ts'
import { ApiServer } from './api-server.ts'
import { DaemonReload } from './daemon-reload.ts'
import { eventLevel } from './event-level.ts'
import { isLoopback } from './guard/host-guard.ts'

/** Mappings that an answer says are not ready, one by one. */
const REASONS_MAX = 100

/** How long a daemon runs, and how it ends. */
export type DaemonRun = {
  /** Aborts when it is to stop. */
  readonly signal: AbortSignal
  /** What running invocations get then. @unit ms */
  readonly shutdownMs: number
}

/** What is made over the API outlives the daemon; what handlers print stands in its log. */
const openEngine = ({ configuration, process }: LoadedConfiguration): Promise<Engine> => {
  const logLevel = pino.levels.values[process.logLevel] ?? Number.POSITIVE_INFINITY
  return Engine.open(configuration, { definitions: 'durable', logLevel })
}

/** An engine, and the HTTP surface over it: what `millrace start` runs. @source contract §2, §5 */
export class Daemon {
  readonly #engine: Engine
  readonly #loaded: LoadedConfiguration
  readonly #log: Logger
  readonly #reload: DaemonReload
  #state: 'starting' | 'running' | 'stopping' = 'starting'

  /** Opens the data directory. @param log takes lines of JSON. @throws MillraceError */
  static async open(
    loaded: LoadedConfiguration,
    log: { write(line: string): unknown },
  ): Promise<Daemon> {
    const { host } = loaded.process
    if (!isLoopback(host)) throw unguarded(host)
    const logger = pino({ level: loaded.process.logLevel }, log)
    return new Daemon(loaded, await openEngine(loaded), logger)
  }

  private constructor(loaded: LoadedConfiguration, engine: Engine, log: Logger) {
    this.#loaded = loaded
    this.#engine = engine
    this.#log = log
    this.#reload = new DaemonReload(engine, log)
  }

  /** Reads the configuration again, once it runs. What is refused changes nothing, and is told in the log. */
  reload(load: () => Promise<LoadedConfiguration>): void {
    this.#reload.ask(load)
  }

  /** Resolves when it has stopped. @throws MillraceError where the start fails. */
  async run({ signal, shutdownMs }: DaemonRun): Promise<void> {
    const engine = this.#engine
    const server = new ApiServer({ engine, log: this.#log, problems: () => this.#problems() })
    const { host, port } = this.#loaded.process
    // First: whoever asks is told that it is not ready yet.
    const listener = await server.listen(host, port)
    this.#log.info({ host: listener.host, port: listener.port }, 'listening')
    const told = this.#follow(engine.inspect())
    try {
      await engine.start()
      this.#state = 'running'
      this.#log.info({ mappings: engine.mappings.list().length }, 'ready')
      this.#reload.start()
      if (!signal.aborted) await once(signal, 'abort')
      this.#log.info('stopping')
    } finally {
      this.#state = 'stopping'
      this.#reload.stop()
      // Those whose invocation runs are waited for; the engine ends it in time.
      await engine.stop({ withinMs: shutdownMs, after: server.close() })
      await told
    }
    this.#log.info('stopped')
  }

  /** Gives the data directory free, also where `run` was never called. */
  async close(): Promise<void> {
    await this.#engine.stop()
  }

  #problems(): readonly string[] {
    if (this.#state !== 'running') return [`the daemon is ${this.#state}`]
    const unready = this.#engine.unready()
    const shown = unready.slice(0, REASONS_MAX).map(reasonOf)
    const more = unready.length - shown.length
    return more === 0 ? shown : [...shown, `and ${more} more mappings`]
  }

  async #follow(events: AsyncIterable<InspectionEvent>): Promise<void> {
    for await (const event of events) {
      const { type, ...facts } = event
      this.#log[eventLevel(event)](facts, type)
    }
  }
}

const reasonOf = ({ uuid, eventSource, functionArn, reason }: UnreadyMapping): string =>
  `mapping ${uuid} (${eventSource} to ${functionArn}): ${reason}`

/** @source contract §5 */
function unguarded(host: string): MillraceError {
  return MillraceError.of('MILLRACE_SETTING_REFUSED', {
    setting: '--host',
    reason: `this version listens on this machine only (127.0.0.1, ::1, localhost), not on ${host}: it verifies no signatures yet`,
    origin: '',
  })
}
