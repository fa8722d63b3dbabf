import type { Filter } from '../core/filter/filter.ts'
import type { EpochMs, SequenceNumber } from '../core/ids.ts'
import type { KeyAttribute } from '../core/lane/order-key.ts'

/** Turns the body of a record into what a handler sees. One for each stream, in the thread that invokes. */
export interface RecordDecoder {
  /** Shared structures that are known; a body says how many it needs. */
  readonly structureCount: number
  extendStructures(structures: readonly unknown[]): void
  /** The record in `bytes[start..end]`: a fresh object, exactly as aws-semantics §6.1 prints it. */
  decode(bytes: Uint8Array, start: number, end: number, ordinal: number): unknown
  /** Its `Keys`. */
  keyOf(record: unknown): Readonly<Record<string, KeyAttribute>>
  /** Matches bodies against a filter without decoding them. */
  matcher(filter: Filter): BodyMatcher
  sequenceNumberOf(record: unknown): SequenceNumber
  /** `ApproximateCreationDateTime`: what tumbling windows go by (D19). */
  stampOf(record: unknown): EpochMs
}

/**
 * Whether the record passes the filter; the parameters are those of {@link RecordDecoder.decode}. `undefined` where only
 * the decoded record can tell, and of a body that it cannot read.
 */
export type BodyMatcher = (
  bytes: Uint8Array,
  start: number,
  end: number,
  ordinal: number,
) => boolean | undefined
