import { compileFilter } from '../../core/filter/filter.ts'
import { invariant } from '../../core/invariant.ts'
import type { RecordDecoder } from '../../ports/record-decoder.ts'
import type { LaneReader } from '../lane-memory/lane-reader.ts'

/** Whether the record that a reader stands at is delivered. The decoder must know the record's structures by now. */
export type RecordFilter = (record: LaneReader) => boolean

/**
 * Compiles the filter of a mapping for one thread.
 *
 * @param patterns That a mapping was accepted with.
 * @returns `undefined` where every record is delivered.
 */
export function recordFilterOf(
  patterns: readonly string[],
  decoder: RecordDecoder,
): RecordFilter | undefined {
  const compiled = compileFilter(patterns)
  invariant(compiled.type !== 'refused', 'patterns were checked when the mapping was made')
  if (compiled.type === 'none') return undefined
  const { filter } = compiled
  const match = decoder.matcher(filter)
  return ({ bytes, start, end, ordinal }) =>
    match(bytes, start, end, ordinal) ?? filter.matches(decoder.decode(bytes, start, end, ordinal))
}
