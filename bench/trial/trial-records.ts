import { createReadStream } from 'node:fs'
import { BadLine, lineBatches } from '../../lib/cli/line-batches.ts'
import { unreadable } from '../../lib/cli/unreadable.ts'
import type { EmbeddedStreamSettings } from '../../lib/core/mapping/settings.ts'
import { Workload } from '../load/workload.ts'

/** More are not read of a file: they are kept in memory, and go round. */
const LINES_MAX = 500_000
const LINES_AT_A_TIME = 500

/** What is put in a trial. */
export type TrialRecords = {
  /** Record number `index`; the same object may come again. */
  record(index: number): unknown
  /** Number of its key: records of one number keep their order. */
  keyNumberOf(index: number): number
  /** Where it was read, 1-based. */
  lineOf?(index: number): number
}

type KeySchema = EmbeddedStreamSettings['keySchema']
type RecordLine = { readonly record: unknown; readonly number: number; readonly key: number }
type Line = { readonly dynamodb?: { readonly Keys?: Readonly<Record<string, unknown>> } }

/**
 * Records of an NDJSON file, again and again from its beginning. They are new whenever they are put: the time that
 * recorded ones carry is left out, so that they are not too old for the mapping.
 * @throws MillraceError MILLRACE_INPUT_UNREADABLE
 * @source contract §4
 */
export async function readRecords(
  file: string,
  keySchema: KeySchema,
): Promise<TrialRecords | { readonly refused: string }> {
  const lines: RecordLine[] = []
  const keys = new Map<string, number>()
  const numberOfKey = (text: string): number => {
    const number = keys.get(text) ?? keys.size
    keys.set(text, number)
    return number
  }
  try {
    for await (const batch of lineBatches(createReadStream(file), LINES_AT_A_TIME)) {
      batch.records.forEach((given, i) => {
        const key = numberOfKey(keyText(given as Line, keySchema))
        lines.push({ record: withoutTime(given as Line), number: batch.lineNumbers[i]!, key })
      })
      if (lines.length >= LINES_MAX) break
    }
  } catch (error) {
    if (error instanceof BadLine) return { refused: `line ${error.line}: ${error.message}` }
    throw error instanceof Error && 'syscall' in error ? unreadable(file, error) : error
  }
  if (lines.length === 0) return { refused: 'it holds no record' }
  const lineAt = (index: number) => lines[index % lines.length]!
  return {
    record: (index) => lineAt(index).record,
    keyNumberOf: (index) => lineAt(index).key,
    lineOf: (index) => lineAt(index).number,
  }
}

/** Records of the suite's workload, under the names of the stream's keys. */
export function generateRecords(keySchema: KeySchema, seed: number): TrialRecords {
  const workload = new Workload({ seed, mix: { modify: 0.3, remove: 0.1 } })
  const [hash, range] = keySchema.map(({ attributeName }) => attributeName)
  return {
    keyNumberOf: (index) => workload.keyNumberOf(index),
    record: (index) => {
      const { eventName, dynamodb } = workload.record(index)
      const { pk, sk } = dynamodb.Keys
      const Keys = { [hash ?? 'pk']: pk, ...(range === undefined ? {} : { [range]: sk }) }
      const named = ({ pk: _pk, sk: _sk, ...rest }: Readonly<Record<string, unknown>>) => ({
        ...rest,
        ...Keys,
      })
      const { NewImage, OldImage } = dynamodb
      const images = {
        ...(NewImage ? { NewImage: named(NewImage) } : {}),
        ...(OldImage ? { OldImage: named(OldImage) } : {}),
      }
      return { eventName, dynamodb: { Keys, ...images } }
    },
  }
}

/** What decides the order of a record; whether it is a key at all, the stream says. */
function keyText(line: Line, keySchema: KeySchema): string {
  const keys = line?.dynamodb?.Keys ?? {}
  const [hash] = keySchema
  if (hash) return JSON.stringify(keys[hash.attributeName]) ?? ''
  return JSON.stringify(Object.entries(keys).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function withoutTime(line: Line): unknown {
  if (typeof line?.dynamodb !== 'object' || line.dynamodb === null) return line
  const { ApproximateCreationDateTime: _, ...dynamodb } = line.dynamodb as Record<string, unknown>
  return { ...line, dynamodb }
}
