import { unreachable } from '../core/invariant.ts'
import type { Member, ObjectRule, Rule, TextRule } from '../core/mapping/setting-rule.ts'
import { CONFIGURATION_RULE } from './configuration-rule.ts'

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown }

const SIZE_PATTERN = '^\\d{1,15}(\\.\\d{1,3})?\\s?(B|KB|MB|GB)?$'
const DURATION_PATTERN = '^\\d{1,15}(\\.\\d{1,3})?\\s?(ms|s|m|h)$'

/**
 * The JSON Schema (2020-12) of the configuration file, made from the tables that the parser reads.
 * What the parser refuses for being of another source or of a later version is not in it.
 */
export function configurationSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Millrace configuration',
    ...ruleSchema(CONFIGURATION_RULE),
  }
}

function ruleSchema(rule: Rule): JsonSchema {
  switch (rule.kind) {
    case 'boolean':
      return { type: 'boolean' }
    case 'integer': {
      const { min: minimum, max: maximum, except } = rule
      const range = { type: 'integer', minimum, maximum }
      return except ? { ...range, not: { minimum: except.from, maximum: except.to } } : range
    }
    case 'bytes':
      return {
        anyOf: [
          { type: 'string', pattern: SIZE_PATTERN },
          { type: 'integer', minimum: rule.min, maximum: rule.max },
        ],
      }
    case 'duration':
      return { type: 'string', pattern: DURATION_PATTERN }
    case 'text':
      return { type: 'string', ...textKeywords(rule) }
    case 'choice':
      return { enum: rule.values.filter((value) => !rule.elsewhere?.includes(value)) }
    case 'list':
      return {
        type: 'array',
        items: ruleSchema(rule.of),
        ...defined({ minItems: rule.countMin, maxItems: rule.countMax }),
      }
    case 'map':
      return {
        type: 'object',
        propertyNames: textKeywords(rule.name),
        additionalProperties: ruleSchema(rule.of),
      }
    case 'object':
      return objectSchema(rule)
    case 'refused':
      return { not: {} }
    default:
      return unreachable(rule)
  }
}

function objectSchema({ members, exactlyOneOf }: ObjectRule): JsonSchema {
  const taken = Object.entries(members).filter(([, member]) => member.rule.kind !== 'refused')
  const required = taken.filter(([, member]) => member.required).map(([name]) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(taken.map(([name, member]) => [name, memberSchema(member)])),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    ...(exactlyOneOf ? { oneOf: exactlyOneOf.map((name) => ({ required: [name] })) } : {}),
  }
}

function memberSchema(member: Member): JsonSchema {
  const { description, rule, only } = member
  return {
    description,
    ...(only ? { const: only.value } : ruleSchema(rule)),
    ...defined({ default: member.default }),
  }
}

function textKeywords({ lengthMin, lengthMax, pattern }: TextRule): JsonSchema {
  return defined({ minLength: lengthMin, maxLength: lengthMax, pattern: pattern?.source })
}

function defined(keywords: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined))
}
