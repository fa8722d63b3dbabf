/** A record as JSON, envelope included. @unit bytes @source contract §4 */
export const EMBEDDED_RECORD_BYTES_MAX = 1024 * 1024
/** Maps and lists inside one another in an attribute. @unit levels @source DynamoDB's limit for nested attributes */
export const ATTRIBUTE_DEPTH_MAX = 32
/** How long a record stays in an embedded stream. @unit ms @source D20 */
export const RETENTION_MS = 24 * 60 * 60 * 1000
/** Records of a stored segment, and of a page made of several. @unit records @source design §3 (1) */
export const SEGMENT_RECORDS_MAX = 512
/** Bodies of a stored segment, unless one record alone is larger. @unit bytes @source design §3 (1) */
export const SEGMENT_BODY_BYTES_MAX = 256 * 1024
/** Shards of one embedded stream, closed ones included. @unit shards @source our bound */
export const SHARDS_PER_STREAM_MAX = 10_000
/** Attribute-name lists that a stream shares between its bodies. @unit structures @source measured: readers are compiled code */
export const SHARED_STRUCTURES_MAX = 1000
/** Names of one shared structure. @unit names @source our bound */
export const STRUCTURE_NAMES_MAX = 100
/** Characters of the names of one shared structure. @unit UTF-16 units @source our bound */
export const STRUCTURE_CHARACTERS_MAX = 4000
