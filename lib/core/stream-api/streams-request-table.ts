import * as limits from '../limits.ts'
import type { ObjectRule } from '../mapping/setting-rule.ts'

const STREAM_ARN = {
  kind: 'text',
  lengthMin: limits.STREAM_ARN_LENGTH_MIN,
  lengthMax: limits.STREAM_ARN_LENGTH_MAX,
} as const
const SHARD_ID = {
  kind: 'text',
  lengthMin: limits.SHARD_ID_LENGTH_MIN,
  lengthMax: limits.SHARD_ID_LENGTH_MAX,
} as const
const LISTED = {
  description: 'How many one answer has at most.',
  rule: { kind: 'integer', min: 1, max: limits.STREAMS_PAGE_MAX },
  default: limits.STREAMS_PAGE_MAX,
} as const
const OF_STREAM = { description: 'ARN of the stream.', rule: STREAM_ARN, required: true } as const

/** Members of ListStreams. @source aws-semantics §6.3 */
export const LIST_STREAMS_RULE = {
  kind: 'object',
  members: {
    TableName: {
      description: 'Only streams of this name.',
      rule: {
        kind: 'text',
        lengthMin: limits.STREAM_NAME_LENGTH_MIN,
        lengthMax: limits.STREAM_NAME_LENGTH_MAX,
        pattern: /^[a-zA-Z0-9_.-]+$/,
      },
    },
    Limit: LISTED,
    ExclusiveStartStreamArn: {
      description: 'LastEvaluatedStreamArn of the page before.',
      rule: STREAM_ARN,
    },
  },
} as const satisfies ObjectRule

/** Members of DescribeStream. @source aws-semantics §6.3 */
export const DESCRIBE_STREAM_RULE = {
  kind: 'object',
  members: {
    StreamArn: OF_STREAM,
    Limit: LISTED,
    ExclusiveStartShardId: {
      description: 'LastEvaluatedShardId of the page before.',
      rule: SHARD_ID,
    },
    ShardFilter: {
      description: 'Only children of one shard.',
      rule: {
        kind: 'object',
        members: {
          Type: {
            description: 'Which shards.',
            rule: { kind: 'choice', values: ['CHILD_SHARDS'] },
            required: true,
          },
          ShardId: { description: 'Their parent.', rule: SHARD_ID, required: true },
        },
      },
    },
  },
} as const satisfies ObjectRule

/** Members of GetShardIterator. @source aws-semantics §6.3 */
export const GET_SHARD_ITERATOR_RULE = {
  kind: 'object',
  members: {
    StreamArn: OF_STREAM,
    ShardId: { description: 'The shard to read.', rule: SHARD_ID, required: true },
    ShardIteratorType: {
      description: 'Where to begin.',
      rule: {
        kind: 'choice',
        values: ['AFTER_SEQUENCE_NUMBER', 'LATEST', 'AT_SEQUENCE_NUMBER', 'TRIM_HORIZON'],
      },
      required: true,
    },
    SequenceNumber: {
      description: 'Of the record to begin at or after.',
      rule: {
        kind: 'text',
        lengthMin: limits.SEQUENCE_NUMBER_LENGTH_MIN,
        lengthMax: limits.SEQUENCE_NUMBER_LENGTH_MAX,
      },
    },
  },
} as const satisfies ObjectRule

/** Members of GetRecords. @source aws-semantics §6.3 */
export const GET_RECORDS_RULE = {
  kind: 'object',
  members: {
    ShardIterator: {
      description: 'Of GetShardIterator, or NextShardIterator of the page before.',
      rule: { kind: 'text', lengthMin: 1, lengthMax: limits.SHARD_ITERATOR_LENGTH_MAX },
      required: true,
    },
    Limit: {
      description: 'How many records one answer has at most.',
      rule: { kind: 'integer', min: 1, max: limits.RECORDS_PAGE_MAX },
      default: limits.RECORDS_PAGE_MAX,
    },
  },
} as const satisfies ObjectRule
