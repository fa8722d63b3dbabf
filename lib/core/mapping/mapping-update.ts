import { toApiError } from './mapping-problem.ts'
import { API_UPDATE_RULE } from './mapping-table.ts'
import { checkSetting, findUnsupported } from './setting-check.ts'

/** Members of Create event source mapping, as they were given. */
export type MappingRequest = Readonly<Record<string, unknown>>

/**
 * The request that would create a mapping as it is after an update. A member that is not given, or is `null`, stays as it
 * is; one that is given takes the place of the whole member, so that `{}` clears filters and destinations.
 *
 * @param changes Members of Update event source mapping.
 * @throws ApiError with AWS's exception and text, for what breaks its rule or cannot be changed.
 * @source aws-semantics §1.3 (column Update), §1.5
 */
export function updatedRequest(request: MappingRequest, changes: unknown): MappingRequest {
  const checking = checkSetting(changes, API_UPDATE_RULE, { null: 'absent' })
  if (checking.type === 'invalid') throw toApiError(checking.problems[0]!, changes)
  const unsupported = findUnsupported(changes, API_UPDATE_RULE)
  if (unsupported) throw toApiError(unsupported, changes)
  const given = Object.entries(changes as MappingRequest)
  return { ...request, ...Object.fromEntries(given.filter(([, value]) => value != null)) }
}
