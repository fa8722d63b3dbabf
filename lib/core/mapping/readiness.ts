import { unreachable } from '../invariant.ts'
import type { MappingState } from './mapping-life.ts'

/** What tells whether a mapping does its work. */
export type ReadinessFacts = {
  readonly state: MappingState
  /** Why it was given up, where it was. */
  readonly loss?: string | undefined
  /** What its source failed with and has not answered since. */
  readonly sourceFailure?:
    | { readonly type: 'throttled' | 'unreachable' | 'refused'; readonly reason: string }
    | undefined
}

/**
 * Why a mapping that is to do its work does not; undefined where it does, or is not to. A handler that fails, and a source
 * that throttles, are part of the work. @source contract §5
 */
export function unreadiness({ state, loss, sourceFailure }: ReadinessFacts): string | undefined {
  switch (state) {
    case 'Disabling':
    case 'Disabled':
    case 'Deleting':
      return undefined
    case 'Creating':
      return 'it is being created'
    case 'Enabling':
      return 'it is being enabled'
    case 'Updating':
    case 'Enabled':
      if (loss !== undefined) return loss
      if (sourceFailure === undefined || sourceFailure.type === 'throttled') return undefined
      return `its source is ${sourceFailure.type === 'refused' ? 'refused' : 'not reached'}: ${sourceFailure.reason}`
    default:
      return unreachable(state)
  }
}
