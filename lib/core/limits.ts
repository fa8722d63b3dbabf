// Every limit that has a name: unit and source on each. No other file holds such a number.

/** `BatchSize` at least. @unit records @source aws-semantics §1.3 [D] */
export const BATCH_SIZE_MIN = 1
/** `BatchSize` at most. @unit records @source aws-semantics §1.3 [D] */
export const BATCH_SIZE_MAX = 10_000
/** `BatchSize` where none is given. @unit records @source aws-semantics §1.3 [D] */
export const BATCH_SIZE_DEFAULT = 100

/** `MaximumBatchingWindowInSeconds` at most. @unit seconds @source aws-semantics §1.3 [D] */
export const BATCHING_WINDOW_SECONDS_MAX = 300

/** `ParallelizationFactor` at most: lanes of a shard. @unit lanes @source aws-semantics §1.3 [D] */
export const LANES_PER_SHARD_MAX = 10

/** `MaximumRecordAgeInSeconds` at least, where it is not -1. @unit seconds @source aws-semantics §1.3 [D] */
export const RECORD_AGE_SECONDS_MIN = 60
/** `MaximumRecordAgeInSeconds` at most. @unit seconds @source aws-semantics §1.3 [D] */
export const RECORD_AGE_SECONDS_MAX = 604_800

/** `MaximumRetryAttempts` at most. @unit attempts @source aws-semantics §1.3 [D] */
export const RETRY_ATTEMPTS_MAX = 10_000

/** `TumblingWindowInSeconds` at most. @unit seconds @source aws-semantics §1.3 [D] */
export const TUMBLING_WINDOW_SECONDS_MAX = 900

/** State of a tumbling window at most, as UTF-8 of its JSON. @unit bytes @source D11 */
export const WINDOW_STATE_BYTES_MAX = 1_048_576

/** `FunctionResponseTypes` at most. @unit members @source aws-semantics §1.3 [D] */
export const FUNCTION_RESPONSE_TYPES_MAX = 1

/** `DestinationConfig.OnFailure.Destination` at most. @unit characters @source aws-semantics §1.3 [D] */
export const DESTINATION_LENGTH_MAX = 350

/** Filters of a mapping at most. @unit filters @source aws-semantics §7.1 [D] */
export const FILTERS_MAX = 5
/** A filter's pattern at most. @unit characters @source aws-semantics §1.3 [D] */
export const FILTER_PATTERN_LENGTH_MAX = 4096
/** Ways through the `$or`s of a pattern at most: each is searched where the event has lists. @unit ways @source by decision: parallel `$or`s multiply */
export const FILTER_BRANCHES_MAX = 1000

/** `MetricsConfig.Metrics` at most. @unit members @source aws-semantics §1.3 [D] */
export const METRICS_MAX = 3

/** A tag's key at most. @unit characters @source aws-semantics §1.3 [D] */
export const TAG_KEY_LENGTH_MAX = 128
/** A tag's value at most. @unit characters @source aws-semantics §1.3 [D] */
export const TAG_VALUE_LENGTH_MAX = 256

/** A function name in any of its forms at most. @unit characters @source aws-semantics §1.2 [D] */
export const FUNCTION_REFERENCE_LENGTH_MAX = 256
/** A function's bare name at most. @unit characters @source aws-semantics §1.2 [D] */
export const FUNCTION_NAME_LENGTH_MAX = 64
/** A function's `Handler` at most. @unit characters @source Lambda API reference, FunctionConfiguration [D] */
export const HANDLER_LENGTH_MAX = 128

/** A function's `Timeout` at most. @unit seconds @source aws-semantics §9.6 [D] */
export const FUNCTION_TIMEOUT_SECONDS_MAX = 900
/** A function's `Timeout` where none is given. @unit seconds @source aws-semantics §9.6 [D] */
export const FUNCTION_TIMEOUT_SECONDS_DEFAULT = 3
/** A function's `MemorySize` at least, and where none is given. @unit megabytes @source contract §3 */
export const MEMORY_MEGABYTES_MIN = 128
/** A function's `MemorySize` at most. @unit megabytes @source contract §3 */
export const MEMORY_MEGABYTES_MAX = 10_240
/** `PerExecutionEnvironmentMaxConcurrency` at most. @unit invocations @source contract §3 */
export const CONCURRENCY_PER_ENVIRONMENT_MAX = 64

/** A function's `Description`, and an alias's, at most. @unit characters @source Lambda API reference, CreateFunction [D] */
export const DESCRIPTION_LENGTH_MAX = 256
/** An alias's name at most. @unit characters @source Lambda API reference, CreateAlias [D] */
export const ALIAS_NAME_LENGTH_MAX = 128
/** Names and values of a function's environment together at most, as UTF-8 of their JSON. @unit bytes @source Lambda quotas [D] */
export const ENVIRONMENT_BYTES_MAX = 4096
/** Tags of a mapping or a function at most. @unit tags @source Lambda guide, tags [D] */
export const TAGS_MAX = 50
/** `ReservedConcurrentExecutions` at most: what an account has, less what stays unreserved. @unit invocations @source Lambda quotas [D] */
export const RESERVED_CONCURRENCY_MAX = 900
/** What stays unreserved of an account's concurrency. @unit invocations @source Lambda quotas [D] */
export const UNRESERVED_CONCURRENCY_MIN = 100

/** A request that carries a zip in base64, whole. @unit bytes @source Lambda API reference, CreateFunction: 50 MB of zip [D] */
export const ZIP_BODY_BYTES_MAX = 70 * 1024 * 1024
/** A zip that is uploaded in a request. @unit bytes @source Lambda quotas [D] */
export const ZIP_BYTES_MAX = 50 * 1024 * 1024
/** Files of a zip together, unpacked. @unit bytes @source Lambda quotas [D] */
export const UNZIPPED_BYTES_MAX = 262_144_000
/** Unpacked size over packed size, of large zips: no code is so dull. @unit times @source reliability §4, by decision */
export const ZIP_RATIO_MAX = 200
/** Zips that unpack to less are not asked for their ratio. @unit bytes @source by decision: it harms nobody */
export const ZIP_RATIO_FREE_BYTES_MAX = 16 * 1024 * 1024
/** Entries of a zip: as many as the format counts without its 64-bit extension. @unit entries @source reliability §4, by decision */
export const ZIP_ENTRIES_MAX = 65_535
/** A path in a zip. @unit bytes @source by decision: less than systems allow, as it goes below another folder */
export const ZIP_PATH_BYTES_MAX = 1024
/** Names of a path in a zip. @unit names @source by decision: packages within packages have a dozen */
export const ZIP_DEPTH_MAX = 40
/** A name within a path. @unit bytes @source what file systems allow */
export const ZIP_NAME_BYTES_MAX = 255

/** Payload of an invocation that is waited for. @unit bytes @source aws-semantics §1.1 [D] */
export const INVOKE_BYTES_MAX = 6 * 1024 * 1024
/** Payload of an invocation of type Event. @unit bytes @source aws-semantics §1.1 [D] */
export const EVENT_INVOKE_BYTES_MAX = 1024 * 1024
/** Attempts after the first one with an invocation of type Event. @unit attempts @source Lambda guide, invocation-async [D] */
export const EVENT_RETRIES_MAX = 2
/** Invocations of type Event that wait, retries included. @unit invocations @source by decision: beyond it, 429 */
export const EVENT_QUEUE_MAX = 10_000
/** Payloads of invocations of type Event that wait. @unit bytes @source by decision: beyond it, 429 */
export const EVENT_QUEUE_BYTES_MAX = 64 * 1024 * 1024
/** What is kept of the output of an invocation for its caller. @unit bytes @source Lambda API reference, Invoke: LogType [D] */
export const LOG_TAIL_BYTES_MAX = 4096

/** Shards an embedded stream is created with at most. @unit shards @source contract §3 */
export const SHARD_COUNT_MAX = 1000
/** Length of a stream's name: DynamoDB's rule for tables. @unit characters @source DynamoDB API reference, CreateTable [D] */
export const STREAM_NAME_LENGTH_MIN = 3
/** Length of a stream's name at most. @unit characters @source DynamoDB API reference, CreateTable [D] */
export const STREAM_NAME_LENGTH_MAX = 255
/** Attributes of a `KeySchema` at most: HASH and RANGE. @unit attributes @source DynamoDB API reference, CreateTable [D] */
export const KEY_SCHEMA_MAX = 2
/** Length of a key attribute's name at most. @unit characters @source DynamoDB API reference, KeySchemaElement [D] */
export const ATTRIBUTE_NAME_LENGTH_MAX = 255

/** Length of a stream's ARN at least. @unit characters @source aws-semantics §6.3 [D] */
export const STREAM_ARN_LENGTH_MIN = 37
/** Length of a stream's ARN at most. @unit characters @source aws-semantics §6.3 [D] */
export const STREAM_ARN_LENGTH_MAX = 1024
/** Length of a shard's id at least. @unit characters @source aws-semantics §6.5 [D] */
export const SHARD_ID_LENGTH_MIN = 28
/** Length of a shard's id at most. @unit characters @source aws-semantics §6.5 [D] */
export const SHARD_ID_LENGTH_MAX = 65
/** Length of a sequence number that a reader gives at least. @unit digits @source aws-semantics §6.1 [D] */
export const SEQUENCE_NUMBER_LENGTH_MIN = 21
/** Length of a sequence number that a reader gives at most. @unit digits @source aws-semantics §6.1 [D] */
export const SEQUENCE_NUMBER_LENGTH_MAX = 40
/** Length of a shard iterator at most. @unit characters @source aws-semantics §6.3 [D] */
export const SHARD_ITERATOR_LENGTH_MAX = 2048
/** How long a shard iterator can be used. @unit ms @source aws-semantics §6.3 [D] */
export const SHARD_ITERATOR_MS_MAX = 900_000
/** Streams, or shards of one, in an answer at most. @unit streams or shards @source aws-semantics §6.3 [D] */
export const STREAMS_PAGE_MAX = 100
/** Records in an answer of GetRecords at most. @unit records @source aws-semantics §6.3 [D] */
export const RECORDS_PAGE_MAX = 1000
/** Records in an answer of GetRecords together, unless one alone is larger. @unit bytes @source aws-semantics §6.3 [D] */
export const RECORDS_PAGE_BYTES_MAX = 1024 * 1024
/** Embedded streams that the API makes: each holds a file open. @unit streams @source by decision: ten times what reliability §2 asks for */
export const STREAMS_MAX = 1000
/** Bodies of records that are taken in or wait for the disk, of all streams together. @unit bytes @source by decision: beyond it, 429 */
export const PUT_BYTES_IN_HAND_MAX = 64 * 1024 * 1024

/** Whole serialized event. @unit bytes @source aws-semantics §2 [D] */
export const EVENT_BYTES_MAX = 6 * 1024 * 1024
/** One record put into an embedded stream. @unit bytes @source contract §4 */
export const RECORD_BYTES_MAX = 1024 * 1024
/** One batch of records put over HTTP. @unit bytes @source contract §4 */
export const PUT_BODY_BYTES_MAX = 16 * 1024 * 1024

/** Pool threads of a process at most. @unit threads @source contract §3 */
export const THREADS_MAX = 64
/** Pool threads of a process where nothing is given. @unit threads @source contract §3 */
export const THREADS_DEFAULT = 10

/** Read-ahead of a lane where nothing is given: two events. @unit bytes @source D6 */
export const LANE_READ_AHEAD_BYTES_DEFAULT = 12 * 1024 * 1024
/** Read-ahead of a shard where nothing is given. @unit bytes @source D6 */
export const SHARD_READ_AHEAD_BYTES_DEFAULT = 64 * 1024 * 1024
/** Read-ahead of a process where nothing is given. @unit bytes @source D6 */
export const PROCESS_READ_AHEAD_BYTES_DEFAULT = 128 * 1024 * 1024
/** Any read-ahead at least: it must hold the largest record. @unit bytes @source {@link RECORD_BYTES_MAX} */
export const READ_AHEAD_BYTES_MIN = RECORD_BYTES_MAX
/** Any read-ahead at most: offsets into it are unsigned 32-bit. @unit bytes @source lib/ports/stream-source.ts `Page` */
export const READ_AHEAD_BYTES_MAX = 4 * 1024 * 1024 * 1024 - 1

/** First wait before a retry where nothing is given. @unit ms @source D1 */
export const BACKOFF_BASE_MS_DEFAULT = 200
/** Longest wait before a retry where nothing is given. @unit ms @source D1 */
export const BACKOFF_MAXIMUM_MS_DEFAULT = 60_000
/** Shortest wait that may be set. @unit ms @source D1, by decision: zero would spin */
export const BACKOFF_MS_MIN = 1
/** Longest wait that may be set. @unit ms @source D1, by decision: one hour */
export const BACKOFF_MS_MAX = 3_600_000

/** Grace of an idle tumbling window where nothing is given. @unit ms @source D8 */
export const TUMBLING_WINDOW_GRACE_MS_DEFAULT = 1000
/** Grace of an idle tumbling window at most: one whole longest window. @unit ms @source D8, by decision */
export const TUMBLING_WINDOW_GRACE_MS_MAX = TUMBLING_WINDOW_SECONDS_MAX * 1000

/** Failed batches kept where nothing is given. @unit bytes @source contract §3 */
export const FAILED_BATCH_STORE_BYTES_DEFAULT = 1024 * 1024 * 1024
/** Failed batches kept at least: the largest batch there is must fit. @unit bytes @source {@link EVENT_BYTES_MAX} */
export const FAILED_BATCH_STORE_BYTES_MIN = EVENT_BYTES_MAX
/** Failed batches kept at most. @unit bytes @source contract §3, by decision: one terabyte */
export const FAILED_BATCH_STORE_BYTES_MAX = 1024 ** 4

/** A configuration file at most. @unit bytes @source by decision: a hand-written file is far smaller */
export const CONFIGURATION_BYTES_MAX = 1024 * 1024
/** Values of a configuration file at most, aliases counted each time they are used. @unit values @source by decision: guards against alias bombs */
export const CONFIGURATION_VALUES_MAX = 100_000

/** Levels of a configuration file at most. @unit levels @source by decision: a cycle of aliases has no end */
export const CONFIGURATION_DEPTH_MAX = 32

/** TCP port at most; 0 picks a free one. @unit port @source contract §2 */
export const PORT_MAX = 65_535
/** TCP port where none is given. @unit port @source contract §2 */
export const PORT_DEFAULT = 4590

/** `MILLRACE_ACCESS_KEY_ID` at most. @unit characters @source IAM API reference, AccessKey [D] */
export const ACCESS_KEY_ID_LENGTH_MAX = 128
