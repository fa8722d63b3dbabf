import { MillraceError } from '../../core/errors.ts'
import { PROCESS_SETTINGS, type ProcessSettings } from '../../settings/process-settings.ts'
import type { ApiCredentials } from './expected-signature.ts'
import { isLoopback } from './host-guard.ts'

/**
 * The keys that requests have to be signed with: none where only this machine reaches the address.
 * @throws MillraceError MILLRACE_SETTING_REFUSED: it is open to no one before it can tell who asks. @source contract §5
 */
export function listenerCredentials(
  process: Pick<ProcessSettings, 'host' | 'accessKeyId' | 'secretAccessKey'>,
): ApiCredentials | undefined {
  const { host, accessKeyId, secretAccessKey } = process
  if (isLoopback(host)) return undefined
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey }
  const missing = (['accessKeyId', 'secretAccessKey'] as const).filter((name) => !process[name])
  const variables = missing.map((name) => PROCESS_SETTINGS[name].variable)
  throw MillraceError.of('MILLRACE_SETTING_REFUSED', {
    setting: '--host',
    reason: `others than this machine may reach ${host}, so that requests have to be signed there: set ${variables.join(' and ')}, or listen on 127.0.0.1, ::1 or localhost`,
    origin: '',
  })
}
