import { pino } from 'pino'
import type { Test } from 'tap'
import { ApiServer } from '../../lib/api/api-server.ts'
import { Engine } from '../../lib/engine/engine.ts'
import { fromLibraryOptions, type LibraryOptions } from '../../lib/settings/library-options.ts'
import { SettableClock } from './settable-clock.ts'

/** The HTTP surface over an engine that does not run, with a clock that the test sets. */
export type ServedApi = {
  readonly engine: Engine
  readonly clock: SettableClock
  readonly url: string
  readonly port: number
  /** Ends both, as a stop of the daemon does. */
  close(): Promise<void>
}

/** Serves the data of a directory until the test ends. */
export async function serveApi(
  t: Test,
  directory: string,
  streams: NonNullable<LibraryOptions['streams']> = {},
): Promise<ServedApi> {
  const options = { data: directory, streams }
  const surroundings = { workingDirectory: process.cwd(), environment: {} }
  const clock = new SettableClock()
  const engine = await Engine.open(fromLibraryOptions(options, surroundings), { clock })
  const log = pino({ level: 'silent' })
  const server = new ApiServer({ engine, log, problems: () => [] })
  const { port } = await server.listen('127.0.0.1', 0)
  const close = () => engine.stop({ after: server.close() })
  t.teardown(close)
  return { engine, clock, url: `http://127.0.0.1:${port}`, port, close }
}
