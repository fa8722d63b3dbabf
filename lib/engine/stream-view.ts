import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '../core/errors.ts'
import type { EngineConfiguration } from '../core/mapping/settings.ts'
import { listEmbeddedStreams, type StreamListing } from '../sources/embedded/list-streams.ts'

export type { StreamListing }

/**
 * The embedded streams of a data directory, by name, while an engine runs on it or not. Writes nothing.
 * @throws MillraceError MILLRACE_DATA_ABSENT, MILLRACE_DATA_DAMAGED, MILLRACE_DATA_VERSION, MILLRACE_DATA_UNWRITABLE
 */
export async function listStreams(
  configuration: Pick<EngineConfiguration, 'dataDirectory' | 'region' | 'account'>,
): Promise<readonly StreamListing[]> {
  const { dataDirectory: directory, region, account } = configuration
  if (!existsSync(join(directory, 'state')) && !existsSync(join(directory, 'streams')))
    throw MillraceError.of('MILLRACE_DATA_ABSENT', { directory })
  return listEmbeddedStreams({ directory, region, account })
}
