import * as limits from '../limits.ts'
import { ENGINE_BACKOFF_MEMBERS } from './engine-settings.ts'
import type { Member, Members, ObjectRule } from './setting-rule.ts'

const ELSEWHERE = [
  'ProvisionedPollerConfig',
  'LoggingConfig',
  'Topics',
  'Queues',
  'SourceAccessConfigurations',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'AmazonManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
] as const

/** Of other kinds of sources. The text is recorded for ScalingConfig; the others take its form. @source aws-semantics §1.4 [N]; D18 */
function unsupportedParameter<Name extends string>(name: Name) {
  return {
    description: `Not a setting of streams: ${name} is refused.`,
    rule: {
      kind: 'refused',
      message: `Unsupported ${name} parameter for given event source mapping type.`,
    },
  } as const
}

/** D40. */
const KEY_REFUSED = {
  description: 'Refused: filter patterns are kept as plain text (D40).',
  rule: { kind: 'text' },
  only: {
    value: '',
    message:
      'KMSKeyArn is not supported: Millrace has no key service and would keep the filter patterns as plain text all the same',
  },
} as const

/** Forms of a function's name. @source aws-semantics §1.2 [D] */
export const FUNCTION_REFERENCE =
  /^(arn:(aws[a-zA-Z-]*)?:lambda:)?((?:[a-z]{2}(?:-[a-z]+)+-\d):)?(\d{12}:)?(function:)?([a-zA-Z0-9-_.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/

/** Tags of a mapping or a function. @source aws-semantics §1.3 */
export const TAGS_RULE = {
  kind: 'map',
  name: {
    kind: 'text',
    lengthMin: 1,
    lengthMax: limits.TAG_KEY_LENGTH_MAX,
    pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
    expected: `1 to ${limits.TAG_KEY_LENGTH_MAX} letters, digits, spaces or any of _.:/=+-@`,
  },
  of: {
    kind: 'text',
    lengthMax: limits.TAG_VALUE_LENGTH_MAX,
    pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
    expected: `up to ${limits.TAG_VALUE_LENGTH_MAX} letters, digits, spaces or any of _.:/=+-@`,
  },
} as const

const FILTER_CRITERIA = {
  kind: 'object',
  members: {
    Filters: {
      description: 'Patterns; a record that matches one is delivered. None: all are.',
      rule: {
        kind: 'list',
        countMax: limits.FILTERS_MAX,
        of: {
          kind: 'object',
          members: {
            Pattern: {
              description: 'The pattern as JSON text.',
              rule: { kind: 'text', lengthMax: limits.FILTER_PATTERN_LENGTH_MAX },
            },
          },
        },
      },
    },
  },
} as const

const DESTINATION_CONFIG = {
  kind: 'object',
  members: {
    OnFailure: {
      description: 'Where batches that are given up are reported.',
      rule: {
        kind: 'object',
        members: {
          Destination: {
            description:
              '`file:` and a path, relative to the configuration file: one JSON document a line. Empty for none.',
            rule: { kind: 'text', lengthMax: limits.DESTINATION_LENGTH_MAX },
          },
        },
      },
    },
    OnSuccess: {
      description: 'Refused, as on AWS.',
      rule: {
        kind: 'refused',
        message: 'OnSuccess configuration is not supported for event source mappings.',
      },
    },
  },
} as const

/** The API's members, with AWS's ranges and defaults. @source aws-semantics §1.3 */
const API_MEMBERS = {
  EventSourceArn: {
    description: 'ARN of a stream: of an embedded one, or of the server under Sources.',
    rule: { kind: 'text', lengthMin: 1 },
  },
  FunctionName: {
    description: 'Name of a function, as under Functions.',
    rule: {
      kind: 'text',
      lengthMin: 1,
      lengthMax: limits.FUNCTION_REFERENCE_LENGTH_MAX,
      pattern: FUNCTION_REFERENCE,
      expected: 'the name or the ARN of a function',
    },
    required: true,
  },
  StartingPosition: {
    description: 'Where to begin in a stream that was never read.',
    rule: {
      kind: 'choice',
      values: ['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'],
      elsewhere: ['AT_TIMESTAMP'],
    },
    required: true,
  },
  StartingPositionTimestamp: {
    description: 'Refused: only valid with AT_TIMESTAMP, which DynamoDB streams do not have.',
    rule: {
      kind: 'refused',
      message: 'Timestamp only valid with StartingPosition AT_TIMESTAMP',
    },
  },
  Enabled: {
    description: 'Whether the mapping reads.',
    rule: { kind: 'boolean' },
    default: true,
  },
  BatchSize: {
    description: 'Records of one invocation at most.',
    rule: { kind: 'integer', min: limits.BATCH_SIZE_MIN, max: limits.BATCH_SIZE_MAX },
    default: limits.BATCH_SIZE_DEFAULT,
  },
  MaximumBatchingWindowInSeconds: {
    description: 'How long a batch may wait to fill, in seconds.',
    rule: { kind: 'integer', min: 0, max: limits.BATCHING_WINDOW_SECONDS_MAX },
    default: 0,
  },
  ParallelizationFactor: {
    description: 'Lanes of a shard: batches of one shard that run at the same time, by key.',
    rule: { kind: 'integer', min: 1, max: limits.LANES_PER_SHARD_MAX },
    default: 1,
  },
  MaximumRecordAgeInSeconds: {
    description: 'Records older than this are given up, in seconds; -1 keeps them for ever.',
    rule: {
      kind: 'integer',
      min: -1,
      max: limits.RECORD_AGE_SECONDS_MAX,
      except: {
        from: 0,
        to: limits.RECORD_AGE_SECONDS_MIN - 1,
        message: `MaximumRecordAgeInSeconds must be either -1 (forever) or between ${limits.RECORD_AGE_SECONDS_MIN} and ${limits.RECORD_AGE_SECONDS_MAX} (inclusive)`,
      },
    },
    default: -1,
  },
  MaximumRetryAttempts: {
    description: 'Attempts after the first one before a batch is given up; -1 is without end.',
    rule: { kind: 'integer', min: -1, max: limits.RETRY_ATTEMPTS_MAX },
    default: -1,
  },
  BisectBatchOnFunctionError: {
    description: 'Whether a failing batch is halved, the left half first.',
    rule: { kind: 'boolean' },
    default: false,
  },
  TumblingWindowInSeconds: {
    description:
      'Length of a tumbling window in seconds: the function carries a state from batch to batch until the window ends. 0: no window.',
    rule: { kind: 'integer', min: 0, max: limits.TUMBLING_WINDOW_SECONDS_MAX },
    default: 0,
  },
  FunctionResponseTypes: {
    description: 'ReportBatchItemFailures: the function answers which records failed.',
    rule: {
      kind: 'list',
      countMax: limits.FUNCTION_RESPONSE_TYPES_MAX,
      of: { kind: 'choice', values: ['ReportBatchItemFailures'] },
    },
    default: [],
  },
  DestinationConfig: {
    description: 'Where batches that are given up are reported.',
    rule: DESTINATION_CONFIG,
  },
  FilterCriteria: {
    description: 'Which records are delivered.',
    rule: FILTER_CRITERIA,
  },
  MetricsConfig: {
    description: 'Kept and echoed; the counters are kept either way (D40).',
    rule: {
      kind: 'object',
      members: {
        Metrics: {
          description: 'EventCount.',
          rule: {
            kind: 'list',
            countMax: limits.METRICS_MAX,
            of: {
              kind: 'choice',
              values: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
              elsewhere: ['ErrorCount', 'KafkaMetrics'],
            },
          },
        },
      },
    },
  },
  Tags: { description: 'Tags of the mapping.', rule: TAGS_RULE },
  KMSKeyArn: KEY_REFUSED,
  ScalingConfig: unsupportedParameter('ScalingConfig'),
  ...(Object.fromEntries(ELSEWHERE.map((name) => [name, unsupportedParameter(name)])) as {
    readonly [Name in (typeof ELSEWHERE)[number]]: ReturnType<typeof unsupportedParameter<Name>>
  }),
} as const satisfies Members

/** Members of Create event source mapping. */
export const API_MAPPING_RULE = {
  kind: 'object',
  members: API_MEMBERS,
} as const satisfies ObjectRule

function unchangeable<Name extends string>(name: Name, instead: string) {
  return {
    description: `Cannot be changed: ${instead}.`,
    rule: { kind: 'refused', message: `${name} cannot be changed: ${instead}.` },
  } as const
}

const ANOTHER = 'create another mapping'

/** What an update does not give stays as it is. */
function optional({ default: _default, required: _required, ...member }: Member): Member {
  return member
}

/** Members of Update event source mapping. @source aws-semantics §1.3 */
export const API_UPDATE_RULE: ObjectRule = {
  kind: 'object',
  members: {
    ...Object.fromEntries(
      Object.entries(API_MEMBERS).map(([name, member]) => [name, optional(member)]),
    ),
    EventSourceArn: unchangeable('EventSourceArn', ANOTHER),
    StartingPosition: unchangeable('StartingPosition', ANOTHER),
    StartingPositionTimestamp: unchangeable('StartingPositionTimestamp', ANOTHER),
    Tags: unchangeable('Tags', 'tags have an API of their own'),
  },
}

/** A mapping of the configuration: the API's members and Millrace's own. @source contract §3 */
export const CONFIGURATION_MAPPING_RULE = {
  kind: 'object',
  members: {
    Stream: {
      description: 'Name of an embedded stream, as under Streams.',
      rule: { kind: 'text', lengthMin: 1 },
    },
    Table: {
      description: 'Name of a table on the server under Sources: its latest stream is read.',
      rule: { kind: 'text', lengthMin: 1 },
    },
    ...API_MEMBERS,
    KmsKeyArn: KEY_REFUSED,
    RetryBackoff: {
      description: 'Waits before retries of this mapping; what is not given is the engine’s (D1).',
      rule: { kind: 'object', members: ENGINE_BACKOFF_MEMBERS },
    },
  },
  exactlyOneOf: ['Stream', 'EventSourceArn', 'Table'],
} as const satisfies ObjectRule
