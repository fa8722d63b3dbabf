/** Where a mapping reads: exactly one of the three. @source contract §3 */
export type StreamReference =
  | { readonly type: 'embedded'; readonly name: string }
  | { readonly type: 'arn'; readonly arn: string }
  /** The latest stream of the table (D31). */
  | { readonly type: 'table'; readonly name: string }

/**
 * Settings of one mapping, checked, with AWS's defaults applied. Members are the API's own; their ranges
 * are those of aws-semantics §1.3. `-1` still means "for ever" here: it becomes `Infinity` in the lane's rules.
 */
export type MappingSettings = {
  readonly source: StreamReference
  /** Bare name of the function: its key among the functions. */
  readonly functionName: string
  /** `$LATEST`, a version or an alias, where given with the name: ARNs of it then end in it. @source aws-semantics §1.2 */
  readonly functionQualifier?: string
  readonly enabled: boolean
  readonly batchSize: number
  readonly maximumBatchingWindowInSeconds: number
  readonly parallelizationFactor: number
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST'
  readonly maximumRecordAgeInSeconds: number
  readonly maximumRetryAttempts: number
  readonly bisectBatchOnFunctionError: boolean
  readonly functionResponseTypes: readonly 'ReportBatchItemFailures'[]
  /** 0 = no windows. */
  readonly tumblingWindowInSeconds: number
  /** Patterns of `FilterCriteria`: a record that matches one is delivered; none = all are. */
  readonly filterPatterns: readonly string[]
  /** ARN, or `file:` and a path (D36). */
  readonly onFailureDestination?: string
  /** Overrides of D1 for this mapping. */
  readonly retryBackoff?: BackoffSettings
  /** `MetricsConfig.Metrics`: echoed; counters are kept either way (D40). */
  readonly metrics?: readonly 'EventCount'[]
  readonly tags?: Readonly<Record<string, string>>
}

/** Waits between attempts: `baseMs` x 2^n, at most `maximumMs`, spread by 10 % (D1). */
export type BackoffSettings = { readonly baseMs: number; readonly maximumMs: number }

/** A function whose code runs in a pool thread. @source contract §3, aws-semantics §9.4 */
export type ModuleFunctionSettings = {
  readonly type: 'module'
  readonly runtime: string
  /** Absolute path of the code's folder. */
  readonly codeDirectory: string
  readonly handler: string
  readonly timeoutSeconds: number
  readonly memorySizeMegabytes: number
  readonly environment: Readonly<Record<string, string>>
  readonly concurrencyPerEnvironment: number
}

/**
 * A closure of the embedding program. The type of a method, whose parameters TypeScript compares both ways: a handler
 * that is typed with `@types/aws-lambda`, or names only what it reads of the event, fits as it is. @source contract §8
 */
export type InlineHandler = {
  /** What it returns, or gives to the callback, is its answer. */
  handle(
    event: unknown,
    context: unknown,
    callback: (error?: unknown, answer?: unknown) => void,
  ): unknown
}['handle']

/** A closure of the embedding program, run in its own thread. @source contract §8 */
export type InlineFunctionSettings = {
  readonly type: 'inline'
  readonly handler: InlineHandler
  readonly timeoutSeconds: number
}

export type FunctionSettings = ModuleFunctionSettings | InlineFunctionSettings

/** An embedded stream. @source contract §3 */
export type EmbeddedStreamSettings = {
  readonly shardCount: number
  readonly streamViewType: StreamViewType
  readonly keySchema: readonly {
    readonly attributeName: string
    readonly keyType: 'HASH' | 'RANGE'
  }[]
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES'

/** Where a server is, as far as it is said: AWS's own places and `us-east-1` where it is not. */
export type SourceSettings = { readonly endpoint?: string; readonly region?: string }

/** Servers that failure documents are sent to. */
export type DestinationServices = Readonly<Record<'sqs' | 'sns' | 's3', SourceSettings>>

/** Process-wide settings. @source contract §3 `Engine` */
export type EngineSettings = {
  readonly maximumThreads: number
  readonly readAheadBytes: {
    readonly lane: number
    readonly shard: number
    readonly process: number
  }
  readonly retryBackoff: BackoffSettings
  /** D8. */
  readonly tumblingWindowGraceMs: number
  readonly failedBatchStoreMaximumBytes: number
}

/** Everything that an engine is made from; what the configuration file says, checked. */
export type EngineConfiguration = {
  readonly dataDirectory: string
  readonly region: string
  readonly account: string
  readonly streams: ReadonlyMap<string, EmbeddedStreamSettings>
  readonly sources: { readonly dynamoDb: SourceSettings }
  readonly destinations: DestinationServices
  readonly functions: ReadonlyMap<string, FunctionSettings>
  readonly mappings: readonly MappingSettings[]
  /** Where they are written, by UUID: `millrace.yaml:12:5`. Not of what a program gives. */
  readonly mappingOrigins?: ReadonlyMap<string, string>
  readonly engine: EngineSettings
}
