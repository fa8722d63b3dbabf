import { ENGINE_RULE } from '../core/mapping/engine-settings.ts'
import { FUNCTION_NAME_RULE, FUNCTION_RULE } from '../core/mapping/function-settings.ts'
import { CONFIGURATION_MAPPING_RULE } from '../core/mapping/mapping-table.ts'
import type { ObjectRule } from '../core/mapping/setting-rule.ts'
import { STREAM_NAME_RULE, STREAM_RULE } from '../core/mapping/stream-settings.ts'

/** Region of embedded streams and functions where none is given. @source contract §5 */
const REGION_DEFAULT = 'us-east-1'

const ENDPOINT = {
  description: 'Its address; AWS itself where none is given.',
  rule: {
    kind: 'text',
    pattern: /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    expected: 'an address such as http://127.0.0.1:8000',
  },
} as const
const REGION_RULE = {
  kind: 'text',
  pattern: /^[a-z0-9-]{1,64}$/,
  expected: 'a region such as us-east-1',
} as const

/** `Sources` of the configuration. @source contract §3 */
export const SOURCES_RULE = {
  kind: 'object',
  members: {
    DynamoDB: {
      description: 'The server that streams given by EventSourceArn or Table are read from.',
      rule: {
        kind: 'object',
        members: {
          Endpoint: ENDPOINT,
          Region: {
            description: 'Its region; also that of embedded streams and functions.',
            rule: REGION_RULE,
            default: REGION_DEFAULT,
          },
        },
      },
      default: {},
    },
    Kinesis: {
      description: 'Refused for now.',
      rule: {
        kind: 'refused',
        message: 'Kinesis streams are not supported by this version of Millrace',
      },
    },
  },
} as const satisfies ObjectRule

const service = (what: string) =>
  ({
    description: `The server of ${what}.`,
    rule: { kind: 'object', members: { Endpoint: ENDPOINT } },
    default: {},
  }) as const

/** `Destinations` of the configuration. */
export const DESTINATIONS_RULE = {
  kind: 'object',
  members: {
    SQS: service('queues'),
    SNS: service('topics'),
    S3: {
      description: 'The server of buckets.',
      rule: {
        kind: 'object',
        members: {
          Endpoint: ENDPOINT,
          Region: { description: 'Of the buckets: their ARNs have none.', rule: REGION_RULE },
        },
      },
      default: {},
    },
  },
} as const satisfies ObjectRule

/** The configuration file. @source contract §3 */
export const CONFIGURATION_RULE = {
  kind: 'object',
  members: {
    Streams: {
      description: 'Embedded streams, created when missing.',
      rule: { kind: 'map', name: STREAM_NAME_RULE, of: STREAM_RULE },
      default: {},
    },
    Sources: {
      description: 'Servers to read from; AWS_ENDPOINT_URL_* variables go before these.',
      rule: SOURCES_RULE,
      default: {},
    },
    Destinations: {
      description:
        'Servers that reports of failed batches are sent to; AWS_ENDPOINT_URL_* variables go before these.',
      rule: DESTINATIONS_RULE,
      default: {},
    },
    Functions: {
      description: 'Functions by name.',
      rule: { kind: 'map', name: FUNCTION_NAME_RULE, of: FUNCTION_RULE },
      default: {},
    },
    Mappings: {
      description: 'Which stream goes to which function, and how.',
      rule: { kind: 'list', of: CONFIGURATION_MAPPING_RULE },
      default: [],
    },
    Engine: { description: 'Settings of the process.', rule: ENGINE_RULE, default: {} },
  },
} as const satisfies ObjectRule
