import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { AnswerRules } from '../handlers/answer-outcome.ts'

const WRAPPED = 'millrace-bench-wrapped-function'
/** Digits of an event's id that are the same for all records of a shard. */
const SHARD_DIGITS = 16
/** Digits of a sequence number that count the records of a shard, from 1. */
const ORDINAL_DIGITS = 9

/** What threads are told of the function that they wrap. */
export type WrappedFunction = {
  readonly codeDirectory: string
  readonly handler: string
  readonly rules: AnswerRules
  /** Beginnings of the event ids of the stream's shards. */
  readonly shards: readonly string[]
}

/** Threads that start from now on wrap this one. */
export function tellThreads(wrapped: WrappedFunction): void {
  setEnvironmentData(WRAPPED, wrapped)
}

/** In a thread. */
export const toldFunction = (): WrappedFunction => getEnvironmentData(WRAPPED) as WrappedFunction

/** Number of a record in the log: of the first record of each shard, then of the second, and so on. */
export function recordNumberOf(
  { shards }: Pick<WrappedFunction, 'shards'>,
  eventId: string,
  sequenceNumber: string,
): number {
  const shard = shards.indexOf(eventId.slice(0, SHARD_DIGITS))
  const ordinal = Number(sequenceNumber.slice(-ORDINAL_DIGITS))
  return (ordinal - 1) * shards.length + shard
}
