import * as limits from '../limits.ts'
import type { ObjectRule } from '../mapping/setting-rule.ts'
import { DESCRIPTION, PUBLISH_TO, REVISION_ID } from './function-request-table.ts'

/** PublishVersion. @source Lambda API reference, PublishVersion */
export const PUBLISH_RULE = {
  kind: 'object',
  members: {
    CodeSha256: {
      description: 'Refuses where the code is another.',
      rule: { kind: 'text' },
    },
    Description: DESCRIPTION,
    RevisionId: REVISION_ID,
    PublishTo: PUBLISH_TO,
  },
} as const satisfies ObjectRule

const ALIAS_VERSION = {
  description: 'What it points to.',
  rule: {
    kind: 'text',
    lengthMin: 1,
    lengthMax: 1024,
    pattern: /^(\$LATEST(\.PUBLISHED)?|[0-9]+)$/,
  },
} as const

const ROUTING = {
  description: 'Weights of a second version: none.',
  rule: {
    kind: 'object',
    members: {
      AdditionalVersionWeights: {
        description: '',
        rule: {
          kind: 'map',
          name: { kind: 'text' },
          of: {
            kind: 'refused',
            message:
              'RoutingConfig is not supported by this version of Millrace: an alias points to one version',
          },
        },
      },
    },
  },
} as const

/** CreateAlias. @source Lambda API reference, CreateAlias */
export const CREATE_ALIAS_RULE = {
  kind: 'object',
  members: {
    Name: {
      description: 'No number, so that it is no version’s.',
      rule: {
        kind: 'text',
        lengthMin: 1,
        lengthMax: limits.ALIAS_NAME_LENGTH_MAX,
        pattern: /^(?!^[0-9]+$)([a-zA-Z0-9-_]+)$/,
      },
      required: true,
    },
    FunctionVersion: { ...ALIAS_VERSION, required: true },
    Description: { ...DESCRIPTION, default: '' },
    RoutingConfig: ROUTING,
  },
} as const satisfies ObjectRule

/** UpdateAlias. @source Lambda API reference, UpdateAlias */
export const UPDATE_ALIAS_RULE = {
  kind: 'object',
  members: {
    FunctionVersion: ALIAS_VERSION,
    Description: DESCRIPTION,
    RoutingConfig: ROUTING,
    RevisionId: REVISION_ID,
  },
} as const satisfies ObjectRule

/** PutFunctionConcurrency. @source Lambda API reference, PutFunctionConcurrency */
export const CONCURRENCY_RULE = {
  kind: 'object',
  members: {
    ReservedConcurrentExecutions: {
      description: 'Invocations at the same time; 0 stops them.',
      rule: { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
      required: true,
    },
  },
} as const satisfies ObjectRule
