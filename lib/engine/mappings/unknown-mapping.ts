import { MillraceError } from '../../core/errors.ts'

/** @param uuids those that there are. */
export function unknownMapping(mapping: string, uuids: readonly string[]): MillraceError {
  const known = uuids.join(', ') || 'none'
  return MillraceError.of('MILLRACE_MAPPING_UNKNOWN', { mapping, known })
}
