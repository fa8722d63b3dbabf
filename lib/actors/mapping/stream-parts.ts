import type { EpochMs, StreamArn } from '../../core/ids.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { SourceFailure, StreamDescription } from '../../ports/stream-source.ts'
import type { Poller } from '../poller/poller-parts.ts'
import type { MappedStream, MappingParts } from './mapping-parts.ts'

/** What a stream actor tells the mapping actor that started it. */
export interface StreamParent {
  /** All shards of a stream that gets no more records are settled and durable. */
  streamFinished(streamArn: StreamArn): void
  readFailed(failure: SourceFailure): void
  readSucceeded(): void
  invoked(error: FunctionError | undefined): void
  /** What keeps part of the stream from being read, in a sentence (D39). */
  hasProblem(reason: string): void
  /** What was done in its lanes is to be counted: it may have ended. */
  pollerWorked(poller: Pick<Poller, 'lanes'>): void
  /** It was started, and not stopped since. */
  readonly isReading: boolean
}

/** The mapping's parts, and the stream of them that is read. */
export type StreamParts = Omit<MappingParts, 'stream' | 'olderStreams'> & {
  readonly stream: MappedStream
  /** When the mapping was created: T0 of D21. */
  readonly createdAt: EpochMs
  readonly description: StreamDescription
  readonly parent: StreamParent
}
