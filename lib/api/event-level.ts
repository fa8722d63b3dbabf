import { unreachable } from '../core/invariant.ts'
import type { InspectionEvent } from '../engine/inspection.ts'

/** At which level of the log an event is told. A record's images are in none of them. @source contract §2; D20 */
export function eventLevel({ type }: InspectionEvent): 'debug' | 'info' | 'warn' | 'error' {
  switch (type) {
    case 'shard-opened':
    case 'shard-finished':
      return 'debug'
    case 'mapping-changed':
    // Of all records, those too that were read; what was not is told apart.
    case 'trimmed':
      return 'info'
    case 'attempt-failed':
    case 'source-failed':
    case 'batches-given-up':
    case 'delivery-failed':
    case 'invocation-dropped':
    case 'missed':
      return 'warn'
    case 'poller-failed':
    case 'records-trimmed':
    case 'mapping-failed':
    case 'redrive-failed':
    case 'trim-failed':
      return 'error'
    default:
      return unreachable(type)
  }
}
