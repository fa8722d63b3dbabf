import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LoggedInvocation } from '../audit/handler-log.ts'
import type { WrittenLog } from '../audit/run-audit.ts'
import type { Program } from '../suite/program.ts'
import { RivalMissing } from './rival.ts'

const POLL_MS = 100
/** Starting counts, too. @unit ms */
const STALL_MS_MAX = 120_000

/**
 * What the handlers of a program of its own saw: a line for each batch, with the monotonic nanoseconds of its begin and
 * end and the numbers of its records, all separated by blanks. The monotonic clock is the same in all processes.
 */
export function appendHandled(
  file: string,
  { begunNs, records }: { readonly begunNs: bigint; readonly records: readonly number[] },
): void {
  appendFileSync(file, `${begunNs} ${process.hrtime.bigint()} ${records.join(' ')}\n`)
}

/** @param text of such a file; a last line that is still being written counts for nothing. */
export function parseHandled(text: string): readonly LoggedInvocation[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines.slice(0, -1).map((line) => {
    const [begunNs, endedNs, ...records] = line.split(' ').map(Number)
    return {
      thread: 0,
      outcome: 'succeeded',
      failedFrom: 0,
      begunNs: begunNs!,
      endedNs: endedNs!,
      records,
    }
  })
}

/** The log that a program left in `file`, for the audit. */
export function handledIn(file: string): WrittenLog {
  const invocations = parseHandled(readFileSync(file, 'utf8'))
  return { isOverflowed: false, invocations: () => invocations }
}

/** Waits until `program` has written down so many records. @throws RivalMissing where it ends or stalls before. */
export async function untilHandled(
  program: Program,
  { file, recordCount }: { readonly file: string; readonly recordCount: number },
  signal: AbortSignal,
): Promise<void> {
  let stalledSince = performance.now()
  for (let seen = 0; seen < recordCount; ) {
    signal.throwIfAborted()
    if (program.ended.aborted) throw new RivalMissing(program.ended.reason.message)
    if (performance.now() - stalledSince > STALL_MS_MAX)
      throw new RivalMissing(
        `handled nothing for ${STALL_MS_MAX / 1000} s, ${seen} of ${recordCount} records before`,
      )
    await delay(POLL_MS, undefined, { signal })
    const before = seen
    seen = recordsIn(file)
    if (seen > before) stalledSince = performance.now()
  }
}

function recordsIn(file: string): number {
  if (!existsSync(file)) return 0
  return parseHandled(readFileSync(file, 'utf8')).reduce(
    (sum, { records }) => sum + records.length,
    0,
  )
}
