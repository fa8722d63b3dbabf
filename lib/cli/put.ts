import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import { MillraceError } from '../core/errors.ts'
import type { SequenceNumber } from '../core/ids.ts'
import type { Environment } from '../settings/environment.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import { BadLine, lineBatches } from './line-batches.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult } from './print.ts'
import type { DaemonSigning } from './remote-daemon.ts'
import type { PutTarget } from './remote-writer.ts'
import { listenForStop } from './stop-signal.ts'
import { unreadable } from './unreadable.ts'

/** Lines that are stored or refused together. @source contract §4 */
const BATCH_LINES = 500

type Flags = ConfigurationFlags & { readonly json?: boolean; readonly endpointUrl?: string }

/** What was stored before the input ended, or failed. */
type Stored = { accepted: number; sequenceNumbers: Record<string, SequenceNumber> }

/** `millrace put STREAM [FILE|-]`. @source contract §2, §4 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('put')
    .description('put records into an embedded stream: one JSON object a line')
    .argument('<stream>', 'name of the stream; created when the configuration declares it')
    .argument('[file]', 'file of the lines; - or none: standard input', '-')
    .option('--endpoint-url <url>', 'put to the daemon there, instead of into a data directory')
  withExample(
    withJson(withConfiguration(command)),
    'millrace put orders orders.ndjson',
    'generate-orders | millrace put orders - --endpoint-url http://127.0.0.1:4590',
  )
  command.action((stream: string, file: string, flags: Flags) => put(stream, file, flags, context))
}

async function put(
  name: string,
  file: string,
  flags: Flags,
  context: CommandContext,
): Promise<void> {
  if (flags.endpointUrl !== undefined && flags.data !== undefined)
    throw new UsageError('give --data or --endpoint-url, not both')
  using stop = listenForStop()
  const input = await openInput(file, context)
  const stored: Stored = { accepted: 0, sequenceNumbers: {} }
  let writer: PutTarget | undefined
  try {
    writer = await openWriter(name, flags, context)
    await store(input, writer, { file, stored, signal: stop.signal, context })
  } finally {
    input.destroy()
    await writer?.close()
  }
  const { streamArn } = writer.stream
  printResult(context, flags, {
    json: { stream: name, streamArn, ...stored },
    text: () =>
      `${countText(stored.accepted, 'record')} stored in ${name}${stop.exitCode ? ', then interrupted' : ''}`,
  })
  if (stop.exitCode !== undefined) context.exit(stop.exitCode)
}

/** Apart from {@link put}: TypeScript 5.9 does not rewrite an import's `.ts` in a function that has a `using`. */
async function openWriter(
  name: string,
  flags: Flags,
  { workingDirectory, environment }: CommandContext,
): Promise<PutTarget> {
  const [{ loadConfiguration }, { openStreamWriter }] = await Promise.all([
    import('../settings/load-configuration.ts'),
    import('../engine/stream-writer.ts'),
  ])
  // Without a configuration the stream must exist: its data directory knows its settings.
  const whenMissing = 'empty'
  const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
  const { configuration } = loaded
  const settings = configuration.streams.get(name)
  if (flags.endpointUrl === undefined) return openStreamWriter(configuration, name, settings)
  const [{ RemoteDaemon }, { openRemoteWriter }] = await Promise.all([
    import('./remote-daemon.ts'),
    import('./remote-writer.ts'),
  ])
  const signing = signingOf(environment, configuration.region)
  return openRemoteWriter(new RemoteDaemon(flags.endpointUrl, signing), name, settings)
}

/** The daemon's own pair of keys, under its own names. @source contract §5 */
function signingOf(environment: Environment, region: string): DaemonSigning | undefined {
  const accessKeyId = environment['MILLRACE_ACCESS_KEY_ID']
  const secretAccessKey = environment['MILLRACE_SECRET_ACCESS_KEY']
  return accessKeyId && secretAccessKey ? { region, accessKeyId, secretAccessKey } : undefined
}

/** Opened before anything else is: a file that cannot be read changes nothing. @throws MillraceError */
async function openInput(
  file: string,
  { stdin, workingDirectory }: CommandContext,
): Promise<Readable> {
  if (file === '-') return stdin
  const input = createReadStream(resolve(workingDirectory, file))
  await new Promise<void>((opened, failed) => {
    input.once('open', () => opened())
    input.once('error', (error) => {
      failed(unreadable(file, error))
    })
  })
  return input
}

/**
 * One batch is under way while the next one is read and parsed; the one after that waits, so that the memory in use
 * does not grow with the file, and nothing behind a bad line is stored.
 */
async function store(
  input: Readable,
  writer: PutTarget,
  put: {
    readonly file: string
    readonly stored: Stored
    readonly signal: AbortSignal
    readonly context: CommandContext
  },
): Promise<void> {
  const { file, stored, signal, context } = put
  signal.addEventListener('abort', () => input.destroy(), { once: true })
  let running: Promise<void> = Promise.resolve()
  let lastStored = 0
  try {
    for await (const { records, lineNumbers } of lineBatches(input, BATCH_LINES)) {
      await running
      if (signal.aborted) return
      running = writer.stream.put(records).then(
        ({ sequenceNumbers }) => {
          stored.accepted += records.length
          lastStored = lineNumbers.at(-1)!
          Object.assign(stored.sequenceNumbers, sequenceNumbers)
        },
        (error: unknown) => {
          throw refusedIn(lineNumbers, error)
        },
      )
      // It is awaited above and below; until then a rejection is not an unhandled one.
      running.catch(() => {})
    }
    await running
  } catch (error) {
    if (signal.aborted) return
    // A bad line may have been found while the batch before it was still on its way.
    await running.catch(() => {})
    if (isReadError(error)) throw unreadable(file, error)
    if (!(error instanceof BadLine)) {
      context.stderr.write(`${countText(stored.accepted, 'record')} stored before this:\n`)
      throw error
    }
    throw MillraceError.of('MILLRACE_LINE_REFUSED', {
      line: error.line,
      reason: error.message,
      stored: countText(stored.accepted, 'record'),
      last: lastStored === 0 ? 'the first line' : `line ${lastStored + 1}`,
    })
  }
}

function isReadError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

function refusedIn(lineNumbers: readonly number[], error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'MILLRACE_RECORD_INVALID') return error
  const { number, reason } = error.facts
  return new BadLine(lineNumbers[Number(number) - 1]!, String(reason))
}
