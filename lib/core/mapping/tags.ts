import { TAGS_MAX } from '../limits.ts'
import { ApiError } from './api-error.ts'
import { awsPattern, validationText } from './mapping-problem.ts'
import { TAGS_RULE } from './mapping-table.ts'
import type { ObjectRule } from './setting-rule.ts'

/** Tags of a mapping or a function. */
export type Tags = Readonly<Record<string, string>>

/** Tags as they are kept. @throws ApiError where there are too many. */
export function toTags(tags: ReadonlyMap<string, string>): Tags {
  if (tags.size <= TAGS_MAX) return Object.fromEntries(tags)
  throw new ApiError(
    'InvalidParameterValueException',
    `Number of tags exceeds resource tag limit (${TAGS_MAX}).`,
  )
}

/** The body of TagResource. @source aws-semantics §1.1 */
export const TAG_REQUEST_RULE = {
  kind: 'object',
  members: {
    Tags: { description: 'Tags to add, or to change.', rule: TAGS_RULE, required: true },
  },
} as const satisfies ObjectRule

/** What may have tags on AWS. @source Lambda service model, TaggableResource [D] */
const TAGGABLE =
  /^arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})$/

/**
 * What an ARN of the tag API is of.
 * @throws ApiError ValidationException for what is no such ARN; InvalidParameterValueException for a version or an alias;
 *   ResourceNotFoundException for what Millrace does not have.
 * @source aws-semantics §1.4
 */
export function taggedKind(arn: string): 'mapping' | 'function' {
  const found = TAGGABLE.exec(arn)
  if (!found) {
    const constraint = `Member must satisfy regular expression pattern: ${awsPattern(TAGGABLE)}`
    throw new ApiError('ValidationException', validationText(`'${arn}'`, ['Resource'], constraint))
  }
  const [kind] = found[7]!.split(':')
  if (kind === 'event-source-mapping') return 'mapping'
  if (kind !== 'function') {
    throw new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.')
  }
  if (found[8] === undefined) return 'function'
  throw new ApiError(
    'InvalidParameterValueException',
    'Tags on function aliases and versions are not supported. Please specify a function ARN.',
  )
}

/** Tags of a TagResource request, which must have one. @throws ApiError */
export function expectTags(tags: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (tags.size > 0) return tags
  throw new ApiError(
    'InvalidParameterValueException',
    'An error occurred and the request cannot be processed.',
  )
}

/** Keys of an UntagResource request, which must have one. @throws ApiError ValidationException */
export function expectTagKeys(keys: readonly string[]): readonly string[] {
  if (keys.length > 0) return keys
  throw new ApiError(
    'ValidationException',
    validationText('null', ['TagKeys'], 'Member must not be null'),
  )
}
