import { MillraceError } from '../../core/errors.ts'
import type { EmbeddedStreamSettings } from '../../core/mapping/settings.ts'
import { SHARDS_PER_STREAM_MAX } from '../../core/record/embedded-limits.ts'

const NAME = /^[A-Za-z0-9._-]{3,255}$/
const VIEW_TYPES = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']

/** A DynamoDB table name that is also safe as the name of a folder. @throws MillraceError MILLRACE_SETTING_INVALID */
export function checkStreamName(name: string): void {
  if (NAME.test(name) && !name.includes('..')) return
  throw MillraceError.of('MILLRACE_SETTING_INVALID', {
    setting: 'the name of a stream',
    expected: '3 to 255 of A-Z, a-z, 0-9, ".", "_" and "-", without ".."',
    actual: JSON.stringify(name.slice(0, 300)),
    origin: '',
  })
}

/** @throws MillraceError MILLRACE_SETTING_INVALID */
export function checkSettings(name: string, settings: EmbeddedStreamSettings): void {
  const { shardCount, streamViewType, keySchema } = settings
  const types = keySchema.map(({ keyType }) => keyType).join(' ')
  const names = new Set(keySchema.map(({ attributeName }) => attributeName))
  const check = (setting: string, isValid: boolean, expected: string, actual: unknown): void => {
    if (isValid) return
    throw MillraceError.of('MILLRACE_SETTING_INVALID', {
      setting: `Streams.${name}.${setting}`,
      expected,
      actual: JSON.stringify(actual),
      origin: '',
    })
  }
  check(
    'ShardCount',
    Number.isInteger(shardCount) && shardCount >= 1 && shardCount <= SHARDS_PER_STREAM_MAX,
    `an integer from 1 to ${SHARDS_PER_STREAM_MAX}`,
    shardCount,
  )
  check(
    'StreamViewType',
    VIEW_TYPES.includes(streamViewType),
    `one of ${VIEW_TYPES.join(', ')}`,
    streamViewType,
  )
  check(
    'KeySchema',
    ['', 'HASH', 'HASH RANGE'].includes(types) && names.size === keySchema.length,
    'a HASH attribute, and perhaps another as RANGE; or nothing',
    keySchema,
  )
}

/** Names of the key attributes, HASH first. */
export function keyNamesOf({ keySchema }: EmbeddedStreamSettings): readonly string[] {
  return ['HASH', 'RANGE'].flatMap((type) =>
    keySchema.filter(({ keyType }) => keyType === type).map(({ attributeName }) => attributeName),
  )
}

/** The first setting in which an existing stream differs from what is wanted. */
export function conflictOf(
  existing: EmbeddedStreamSettings,
  wanted: EmbeddedStreamSettings,
): { readonly setting: string; readonly actual: string; readonly expected: string } | undefined {
  const keysOf = ({ keySchema }: EmbeddedStreamSettings): string =>
    keySchema.map(({ attributeName, keyType }) => `${attributeName} ${keyType}`).join(', ')
  const pairs = [
    ['ShardCount', String(existing.shardCount), String(wanted.shardCount)],
    ['StreamViewType', existing.streamViewType, wanted.streamViewType],
    ['KeySchema', keysOf(existing), keysOf(wanted)],
  ] as const
  for (const [setting, actual, expected] of pairs) {
    if (actual !== expected) return { setting, actual, expected }
  }
  return undefined
}
