import { maybeSequenceNumber, type SequenceNumber } from '../ids.ts'
import { unreachable } from '../invariant.ts'
import { toApiError, validationText } from '../mapping/mapping-problem.ts'
import { checkSetting } from '../mapping/setting-check.ts'
import type { Checked, ObjectRule, SettingProblem } from '../mapping/setting-rule.ts'
import { maybeOrdinal } from '../record/embedded-sequence.ts'
import { StreamsError, trimmed } from './streams-error.ts'
import { GET_SHARD_ITERATOR_RULE } from './streams-request-table.ts'

/** Where a reader wants to begin. */
export type ReadFrom =
  | { readonly type: 'trim-horizon' }
  | { readonly type: 'latest' }
  | { readonly type: 'at'; readonly sequenceNumber: SequenceNumber }
  | { readonly type: 'after'; readonly sequenceNumber: SequenceNumber }

/** GetShardIterator, checked. */
export type ShardIteratorRequest = {
  readonly streamArn: string
  readonly shardId: string
  readonly from: ReadFrom
}

const STREAM_ARN = /^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/[^/]+$/

/** @throws StreamsError ValidationException, in AWS's words */
export function parseStreamsRequest<R extends ObjectRule>(input: unknown, rule: R): Checked<R> {
  const checking = checkSetting(input, rule, { null: 'absent' })
  if (checking.type === 'valid') return checking.value
  throw invalid(problemText(checking.problems[0]!, input))
}

/** What is no ARN of a stream at all is told apart from one that is not there. @throws StreamsError ValidationException */
export function expectStreamArn(text: string): void {
  if (!STREAM_ARN.test(text)) throw invalid('Invalid StreamArn')
}

/** @throws StreamsError ValidationException @source aws-semantics §6.3; the texts are DynamoDB Local's */
export function parseShardIteratorRequest(input: unknown): ShardIteratorRequest {
  const request = parseStreamsRequest(input, GET_SHARD_ITERATOR_RULE)
  const { StreamArn: streamArn, ShardId: shardId, SequenceNumber } = request
  expectStreamArn(streamArn)
  const type = startType(request.ShardIteratorType)
  if (type === 'trim-horizon' || type === 'latest') {
    if (SequenceNumber !== undefined)
      throw invalid('SequenceNumber should not be passed for this iterator type')
    return { streamArn, shardId, from: { type } }
  }
  if (SequenceNumber === undefined) throw invalid('SequenceNumber cannot be null')
  const sequenceNumber = maybeSequenceNumber(SequenceNumber)
  if (sequenceNumber === undefined) throw invalid('Invalid SequenceNumber')
  return { streamArn, shardId, from: { type, sequenceNumber } }
}

/**
 * Ordinal of the record that a reader begins with. The one after the last is not put yet, but DescribeStream may have
 * told of it as the first of its shard; a reader that has seen a later one has seen another stream.
 * @throws StreamsError ValidationException, TrimmedDataAccessException
 */
export function firstOrdinal(
  from: ReadFrom,
  shard: { readonly trimmedThrough: number; readonly lastOrdinal: number },
): number {
  switch (from.type) {
    case 'trim-horizon':
      return shard.trimmedThrough + 1
    case 'latest':
      return shard.lastOrdinal + 1
    case 'at':
    case 'after': {
      const ordinal = maybeOrdinal(from.sequenceNumber)
      if (ordinal === undefined || ordinal > shard.lastOrdinal + 1)
        throw invalid('Invalid SequenceNumber')
      const first = from.type === 'at' ? ordinal : ordinal + 1
      if (first <= shard.trimmedThrough) throw trimmed()
      return first
    }
    default:
      return unreachable(from)
  }
}

type IteratorType = Checked<typeof GET_SHARD_ITERATOR_RULE>['ShardIteratorType']

function startType(type: IteratorType): ReadFrom['type'] {
  switch (type) {
    case 'TRIM_HORIZON':
      return 'trim-horizon'
    case 'LATEST':
      return 'latest'
    case 'AT_SEQUENCE_NUMBER':
      return 'at'
    case 'AFTER_SEQUENCE_NUMBER':
      return 'after'
    default:
      return unreachable(type)
  }
}

function problemText(problem: SettingProblem, input: unknown): string {
  return problem.type === 'missing'
    ? validationText('null', problem.path, 'Member must not be null')
    : toApiError(problem, input).message
}

const invalid = (message: string): StreamsError => new StreamsError('ValidationException', message)
