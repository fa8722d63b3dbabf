import { maybeFunctionReference } from './function-name.ts'
import { toApiError } from './mapping-problem.ts'
import { API_MAPPING_RULE } from './mapping-table.ts'
import type { MappingSettings } from './settings.ts'

/** Which mappings are listed: those of a stream's ARN (or an embedded stream's name), of a function's name or ARN, or of both. */
export type MappingFilter = { readonly EventSourceArn?: string; readonly FunctionName?: string }

/** What the filter looks at. */
type Filtered = {
  readonly eventSourceArn: string
  readonly settings: Pick<MappingSettings, 'functionName' | 'functionQualifier'>
}

/**
 * Whether a mapping is listed. A function's name is taken in any of its forms, and exactly with its qualifier: the bare
 * name finds no mappings of its aliases. That there is such a stream or function is not asked.
 * @throws ApiError ValidationException for what is no function's name.
 * @source aws-semantics §1.2
 */
export function mappingFilter(
  { EventSourceArn, FunctionName }: MappingFilter,
  home: { readonly region: string; readonly account: string },
): (mapping: Filtered) => boolean {
  const isFunction = functionFilter(FunctionName, home)
  return ({ eventSourceArn, settings }) =>
    (EventSourceArn === undefined || EventSourceArn === eventSourceArn) && isFunction(settings)
}

function functionFilter(
  text: string | undefined,
  home: { readonly region: string; readonly account: string },
): (settings: Filtered['settings']) => boolean {
  if (text === undefined) return () => true
  const reference = maybeFunctionReference(text, home)
  if (!reference) {
    const { rule } = API_MAPPING_RULE.members.FunctionName
    throw toApiError({ type: 'invalid', path: ['FunctionName'], rule, value: text }, {})
  }
  if (reference.type === 'foreign') return () => false
  const { name, qualifier } = reference
  return ({ functionName, functionQualifier }) =>
    functionName === name && functionQualifier === qualifier
}
