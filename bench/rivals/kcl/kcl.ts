import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { nowNs } from '../../audit/handler-log.ts'
import type { LoadedTable } from '../../dynamodb/loaded-table.ts'
import { auditedRates } from '../../dynamodb/table-drain.ts'
import { compileJava, fetchJars } from '../../java/java-code.ts'
import type { BenchmarkContext } from '../../suite/benchmark.ts'
import { Program } from '../../suite/program.ts'
import { handledIn } from '../handled-file.ts'
import { RivalMissing, type TableRival } from '../rival.ts'

const ADAPTER = 'com.amazonaws:dynamodb-streams-kinesis-adapter:2.0.1'
const LOGGER = 'org.slf4j:slf4j-simple:2.0.13'
const MAIN = 'DrainWithKcl'
const SOURCES = [MAIN, 'BatchProcessor', 'HandledFile', 'TranslatedStreams'].map(
  (name) => `bench/rivals/kcl/${name}.java`,
)
/** It begins after half a minute, and reads a page of 1,000 records a second by default. @unit ms */
const ANSWER_MS_MAX = 300_000

type Context = Pick<BenchmarkContext, 'audited' | 'progress' | 'scratch' | 'signal'>

/** The pause after each page. @unit ms */
export type KclOptions = { readonly idleMs: number }

/**
 * The Kinesis Client Library with AWS's adapter for DynamoDB streams, in one JVM for all drains, so that it is warm as
 * we are; each drain is an application of its own with a lease table of its own. Fetched on demand. @throws RivalMissing
 */
export async function openKcl(
  table: LoadedTable,
  { idleMs }: KclOptions,
  context: Context,
): Promise<TableRival> {
  const folder = mkdtempSync(join(context.scratch, 'kcl-'))
  const program = Program.start('KCL', [
    'java',
    ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', await classPath(context)],
    ...[MAIN, table.server.endpoint, table.streamArn],
  ])
  const ready = await answer(program, 'ready', context).catch(async (error: unknown) => {
    await program.stop()
    throw error
  })
  const [, javaVersion] = ready.split(' ')
  let drains = 0
  return {
    facts: {
      name: `KCL 3, idle ${idleMs} ms`,
      version: `KCL 3.1.1, adapter 2.0.1, Java ${javaVersion}`,
      started: `one JVM, a record processor of ours; pages of 1000 cut to batches of 100; idleTimeBetweenReadsInMillis ${idleMs}, its waits before the first record cut to 1 or 2 s (shardSyncIntervalMillis, leaseAssignmentIntervalMillis, failoverTimeMillis, worker metrics)`,
      note: 'It has no mapping: retries, splits, partial failures, windows and filters would be the user’s to write. Its start is left out of the rate: some 85 to 106 s by default, still half a minute with its waits cut short. Its lease table is in the same DynamoDB Local, with a checkpoint after each page.',
    },
    drain: async () => {
      drains++
      const application = `kcl-idle-${idleMs}-run-${drains}`
      const file = join(folder, application)
      const begunNs = nowNs()
      const drained = answer(program, 'drained', context)
      program.write(`${application} ${idleMs} ${table.recordCount} ${file}`)
      await drained
      return auditedRates(handledIn(file), table, { name: 'KCL', begunNs, context })
    },
    stop: () => program.stop(),
  }
}

/** The line that begins with `word`. @throws RivalMissing */
async function answer(program: Program, word: string, { signal }: Context): Promise<string> {
  const deadline = AbortSignal.timeout(ANSWER_MS_MAX)
  try {
    return await program.line(
      (line) => line.startsWith(`${word} `),
      AbortSignal.any([deadline, signal]),
    )
  } catch (error) {
    signal.throwIfAborted()
    throw new RivalMissing(
      deadline.aborted
        ? `KCL did not say ${word} within ${ANSWER_MS_MAX / 1000} s: ${program.output}`
        : (error as Error).message,
    )
  }
}

async function classPath({ progress }: Context): Promise<string> {
  try {
    progress('fetching the Kinesis Client Library, where it is not there')
    const jars = await fetchJars('kcl-adapter-2.0.1', [ADAPTER, LOGGER])
    return await compileJava('kcl', SOURCES, jars)
  } catch (error) {
    const [reason] = (error as Error).message.split('\n', 1)
    throw new RivalMissing(`it could not be fetched: ${reason}`)
  }
}
