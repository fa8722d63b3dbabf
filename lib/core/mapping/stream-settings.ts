import * as limits from '../limits.ts'
import { parseSetting } from './setting-check.ts'
import { type Checked, type ObjectRule, SettingError } from './setting-rule.ts'
import type { EmbeddedStreamSettings } from './settings.ts'

/** Name of an embedded stream: DynamoDB's rule for tables, since it becomes one in the ARN. */
export const STREAM_NAME_RULE = {
  kind: 'text',
  lengthMin: limits.STREAM_NAME_LENGTH_MIN,
  lengthMax: limits.STREAM_NAME_LENGTH_MAX,
  pattern: /^[a-zA-Z0-9_.-]*[a-zA-Z0-9_-][a-zA-Z0-9_.-]*$/,
  expected: `${limits.STREAM_NAME_LENGTH_MIN} to ${limits.STREAM_NAME_LENGTH_MAX} letters, digits, dots, dashes or underscores`,
} as const

/** An entry of `Streams`. @source contract §3 */
export const STREAM_RULE = {
  kind: 'object',
  members: {
    ShardCount: {
      description: 'Shards that the stream is created with.',
      rule: { kind: 'integer', min: 1, max: limits.SHARD_COUNT_MAX },
      default: 1,
    },
    StreamViewType: {
      description: 'Which images a record carries.',
      rule: {
        kind: 'choice',
        values: ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'],
      },
      default: 'NEW_AND_OLD_IMAGES',
    },
    KeySchema: {
      description: 'Key attributes: HASH first, then maybe RANGE. Order is kept by HASH (D2).',
      rule: {
        kind: 'list',
        countMin: 1,
        countMax: limits.KEY_SCHEMA_MAX,
        of: {
          kind: 'object',
          members: {
            AttributeName: {
              description: 'Name of the attribute.',
              rule: { kind: 'text', lengthMin: 1, lengthMax: limits.ATTRIBUTE_NAME_LENGTH_MAX },
              required: true,
            },
            KeyType: {
              description: 'HASH is the partition key, RANGE the sort key.',
              rule: { kind: 'choice', values: ['HASH', 'RANGE'] },
              required: true,
            },
          },
        },
      },
    },
  },
} as const satisfies ObjectRule

type KeySchema = NonNullable<Checked<typeof STREAM_RULE>['KeySchema']>

/**
 * An entry of `Streams`. Without `KeySchema` the whole key of a record decides its order (D2): `keySchema` is empty.
 *
 * @throws SettingError whose path starts below the entry.
 */
export function parseStream(input: unknown): EmbeddedStreamSettings {
  const { ShardCount, StreamViewType, KeySchema = [] } = parseSetting(input, STREAM_RULE)
  refuseKeySchema(KeySchema)
  return {
    shardCount: ShardCount,
    streamViewType: StreamViewType,
    keySchema: KeySchema.map(({ AttributeName, KeyType }) => ({
      attributeName: AttributeName,
      keyType: KeyType,
    })),
  }
}

function refuseKeySchema(keySchema: KeySchema): void {
  const [hash, range] = keySchema
  const path = ['KeySchema']
  if (hash && hash.KeyType !== 'HASH') {
    throw new SettingError({ type: 'refused', path, message: 'the first key must be HASH' })
  }
  if (range && range.KeyType !== 'RANGE') {
    throw new SettingError({ type: 'refused', path, message: 'the second key must be RANGE' })
  }
  if (range && range.AttributeName === hash?.AttributeName) {
    throw new SettingError({ type: 'refused', path, message: 'both keys name the same attribute' })
  }
}
