import { execFile } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { nowNs } from '../../audit/handler-log.ts'
import type { LoadedTable } from '../../dynamodb/loaded-table.ts'
import { auditedRates, type TableDrain } from '../../dynamodb/table-drain.ts'
import type { BenchmarkContext } from '../../suite/benchmark.ts'
import { cachedFolder } from '../../suite/cache-folder.ts'
import { freePort } from '../../suite/free-port.ts'
import { Program } from '../../suite/program.ts'
import { handledIn, untilHandled } from '../handled-file.ts'
import { RivalMissing, type TableRival } from '../rival.ts'
import { serviceConfiguration } from './service.ts'

const PACKAGES = [
  'osls@4.3.1',
  'serverless-offline@14.8.2',
  'serverless-offline-dynamodb-streams@8.0.1',
] as const
const BATCH_SIZE = 100
const HANDLER = new URL('handler.js', import.meta.url)

/** How it is set up. */
export type ServerlessOptions = {
  /** Undocumented, `readInterval` of the event. Default: 500, the plugin's own. @unit ms */
  readonly readIntervalMs?: number
}

type Context = Pick<BenchmarkContext, 'audited' | 'progress' | 'scratch' | 'signal'>

/** serverless-offline with its plugin for streams, a new process for each drain. Installed on demand. @throws RivalMissing */
export async function openServerlessOffline(
  options: ServerlessOptions,
  context: Context,
): Promise<TableRival> {
  const modules = await install(context)
  const { readIntervalMs } = options
  const isTuned = readIntervalMs !== undefined
  return {
    facts: {
      name: isTuned ? 'serverless-offline, tuned' : 'serverless-offline, as installed',
      version: PACKAGES.join(', '),
      started: `npm install --legacy-peer-deps, then osls offline start; batchSize ${BATCH_SIZE}${isTuned ? `, readInterval ${readIntervalMs} at the event` : ''}`,
      note: `A process of its own with the handler in a worker thread, which appends a line to a file for each batch. ${isTuned ? 'The setting is undocumented at that level.' : 'It sleeps 500 ms after every page, and a page is a batch.'} One batch at a time; its position is written to a file after each. Its start is left out of the rate; each run is a new process, whose code is cold.`,
    },
    drain: (table) => drain(table, { ...options, modules }, context),
    stop: async () => {},
  }
}

async function install({ progress }: Context): Promise<string> {
  try {
    const folder = await cachedFolder('serverless-offline-8.0.1', async (folder) => {
      progress('installing serverless-offline and its plugin')
      writeFileSync(join(folder, 'package.json'), '{"private":true}')
      const words = ['install', '--legacy-peer-deps', '--no-audit', '--no-fund', ...PACKAGES]
      await promisify(execFile)('npm', words, { cwd: folder })
    })
    return join(folder, 'node_modules')
  } catch (error) {
    const [reason] = (error as Error).message.split('\n', 1)
    throw new RivalMissing(`it could not be installed: ${reason}`)
  }
}

async function drain(
  table: LoadedTable,
  { modules, readIntervalMs }: ServerlessOptions & { readonly modules: string },
  context: Context,
): Promise<TableDrain> {
  const { scratch, signal } = context
  const folder = mkdtempSync(join(scratch, 'serverless-'))
  const handledFile = join(folder, 'handled')
  const configuration = serviceConfiguration({
    endpoint: table.server.endpoint,
    tableName: table.name,
    batchSize: BATCH_SIZE,
    handledFile,
    checkpointFile: join(folder, 'checkpoint.json'),
    lambdaPort: await freePort(),
    httpPort: await freePort(),
    ...(readIntervalMs === undefined ? {} : { readIntervalMs }),
  })
  writeFileSync(join(folder, 'serverless.json'), JSON.stringify(configuration))
  writeFileSync(join(folder, 'handler.mjs'), `export { handler } from ${JSON.stringify(HANDLER)}\n`)
  symlinkSync(modules, join(folder, 'node_modules'))
  const begunNs = nowNs()
  const osls = join(modules, 'osls', 'bin', 'serverless.js')
  const program = Program.start(
    'serverless-offline',
    [process.execPath, osls, 'offline', 'start'],
    { cwd: folder, env: { ...process.env, SLS_TELEMETRY_DISABLED: '1' } },
  )
  try {
    await untilHandled(program, { file: handledFile, recordCount: table.recordCount }, signal)
  } finally {
    await program.stop()
  }
  return auditedRates(handledIn(handledFile), table, {
    name: 'serverless-offline',
    begunNs,
    context,
  })
}
