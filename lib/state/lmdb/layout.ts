/** Format of the whole environment; the versions of single values stand in the values. @source design §4 */
export const STATE_FORMAT = 3

/** Key of the format in `meta`. Its value is plain text for ever: every version of Millrace must be able to read it. */
export const FORMAT_KEY = Buffer.from('format')

/** Table of what is about the rest: owner, format, totals. */
export const META_TABLE = 'meta'

/** Kinds of data, one LMDB database each. */
export const TABLES = [
  'shards',
  'mappings',
  'failed',
  'payloads',
  'purgeable',
  'outbox',
  // Since format 2:
  'redrives',
  'claims',
  // Since format 3:
  'definitions',
] as const
export type TableName = (typeof TABLES)[number]
