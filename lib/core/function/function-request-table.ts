import * as limits from '../limits.ts'
import { FUNCTION_RULE } from '../mapping/function-settings.ts'
import { FUNCTION_REFERENCE, TAGS_RULE } from '../mapping/mapping-table.ts'
import type { ObjectRule } from '../mapping/setting-rule.ts'
import { FIXED_FUNCTION_MEMBERS, notSupported, refused } from './fixed-function-members.ts'

/** Of a function, a version or an alias. */
export const DESCRIPTION = {
  description: 'For people.',
  rule: { kind: 'text', lengthMax: limits.DESCRIPTION_LENGTH_MAX },
} as const

/** Of what is to be changed. */
export const REVISION_ID = {
  description: 'Refuses the change where this is not the RevisionId any more.',
  rule: { kind: 'text' },
} as const

const FLAG = { rule: { kind: 'boolean' }, default: false } as const

const { Timeout, MemorySize, Environment, Handler } = FUNCTION_RULE.members

const CODE_MEMBERS = {
  ZipFile: { description: 'The zip.', rule: { kind: 'boolean' } },
  S3Bucket: refused('Code in S3 is not supported by this version of Millrace: give ZipFile'),
  S3Key: refused('Code in S3 is not supported by this version of Millrace: give ZipFile'),
  S3ObjectVersion: refused('Code in S3 is not supported by this version of Millrace: give ZipFile'),
  S3ObjectStorageMode: refused(
    'Code in S3 is not supported by this version of Millrace: give ZipFile',
  ),
  ImageUri: refused('Container images are not supported by this version of Millrace: give ZipFile'),
  SourceKMSKeyArn: notSupported('SourceKMSKeyArn'),
} as const

const ARCHITECTURES = {
  description: 'Echoed: the code runs on the machine that Millrace runs on.',
  rule: {
    kind: 'list',
    countMin: 1,
    countMax: 1,
    of: { kind: 'choice', values: ['x86_64', 'arm64'] },
  },
} as const

/** Where versions go on AWS's managed instances. */
export const PUBLISH_TO = notSupported('PublishTo')

const ROLE = {
  description: 'Echoed: the code runs with the rights of Millrace.',
  rule: {
    kind: 'text',
    pattern: /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/,
  },
} as const

/** Checked apart, since AWS's text for it is another. */
const RUNTIME = { description: 'nodejs and a version.', rule: { kind: 'text' } } as const

/** Environments are echoed as they were given: without a default. */
const CONFIGURATION_MEMBERS = {
  Runtime: RUNTIME,
  Role: ROLE,
  Handler: { description: Handler.description, rule: Handler.rule },
  Description: DESCRIPTION,
  Timeout: { description: Timeout.description, rule: Timeout.rule },
  MemorySize: { description: MemorySize.description, rule: MemorySize.rule },
  Environment: { description: Environment.description, rule: Environment.rule },
  ...FIXED_FUNCTION_MEMBERS,
} as const

/** CreateFunction, but for the bytes of the zip. @source Lambda API reference, CreateFunction */
export const CREATE_FUNCTION_RULE = {
  kind: 'object',
  members: {
    FunctionName: {
      description: 'Its name, or its ARN.',
      rule: { kind: 'text', lengthMin: 1, lengthMax: 140, pattern: FUNCTION_REFERENCE },
      required: true,
    },
    ...CONFIGURATION_MEMBERS,
    Role: { ...ROLE, required: true },
    Code: {
      description: 'Its code.',
      rule: { kind: 'object', members: CODE_MEMBERS },
      required: true,
    },
    Publish: { description: 'Publishes version 1 too.', ...FLAG },
    PackageType: {
      description: 'How it is packed.',
      rule: { kind: 'choice', values: ['Image', 'Zip'] },
      default: 'Zip',
      only: {
        value: 'Zip',
        message: 'Container images are not supported by this version of Millrace',
      },
    },
    Architectures: { ...ARCHITECTURES, default: ['x86_64'] },
    Tags: { description: 'Names and values.', rule: TAGS_RULE, default: {} },
    PublishTo: PUBLISH_TO,
  },
} as const satisfies ObjectRule

/** UpdateFunctionConfiguration. @source Lambda API reference, UpdateFunctionConfiguration */
export const UPDATE_FUNCTION_RULE = {
  kind: 'object',
  members: { ...CONFIGURATION_MEMBERS, RevisionId: REVISION_ID },
} as const satisfies ObjectRule

/** UpdateFunctionCode, but for the bytes of the zip. @source Lambda API reference, UpdateFunctionCode */
export const UPDATE_CODE_RULE = {
  kind: 'object',
  members: {
    ...CODE_MEMBERS,
    Publish: { description: 'Publishes a version too.', ...FLAG },
    DryRun: { description: 'Checks only.', ...FLAG },
    RevisionId: REVISION_ID,
    Architectures: ARCHITECTURES,
    PublishTo: PUBLISH_TO,
  },
} as const satisfies ObjectRule
