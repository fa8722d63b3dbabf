import { toApiError } from '../mapping/mapping-problem.ts'
import { SettingError } from '../mapping/setting-rule.ts'
import type { EmbeddedStreamSettings } from '../mapping/settings.ts'
import { parseStream } from '../mapping/stream-settings.ts'

/** The body of a request that makes a stream. @throws ApiError @source contract §3, §5 */
export function parseCreateStream(input: unknown): EmbeddedStreamSettings {
  try {
    return parseStream(input)
  } catch (error) {
    throw error instanceof SettingError ? toApiError(error.problem, input) : error
  }
}
