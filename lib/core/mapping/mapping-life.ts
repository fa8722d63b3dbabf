import { unreachable } from '../invariant.ts'
import { ApiError } from './api-error.ts'

/** What AWS says that a mapping does. @source aws-semantics §1.6 */
export type MappingState =
  | 'Creating'
  | 'Enabling'
  | 'Enabled'
  | 'Disabling'
  | 'Disabled'
  | 'Updating'
  | 'Deleting'

/** Where a mapping stands, or what it is on its way to. `enabled`: as was last asked for. */
export type MappingLife = { readonly state: MappingState; readonly enabled: boolean }

export type LifeMessage =
  | { readonly type: 'update'; readonly enabled: boolean }
  | { readonly type: 'delete' }
  /** What was last asked for is done. */
  | { readonly type: 'arrived' }

/**
 * The states of a mapping. A request while it is `Enabling` or `Disabling` is taken: it is the next thing to be done.
 *
 *     Creating ─▶ Enabled ─ update ─▶ Updating | Disabling ─▶ Enabled | Disabled
 *              └▶ Disabled ─ update ─▶ Updating | Enabling ─▶ Disabled | Enabled
 *     any of the others ─ delete ─▶ Deleting
 *
 * @throws ApiError ResourceInUseException while it is `Creating`, `Updating` or `Deleting` (D38).
 * @source aws-semantics §1.6; D38
 */
export function stepLife(life: MappingLife, message: LifeMessage): MappingLife {
  switch (message.type) {
    case 'update': {
      refuseInUse(life, 'update')
      const { enabled } = message
      if (enabled === life.enabled) return { state: 'Updating', enabled }
      return { state: enabled ? 'Enabling' : 'Disabling', enabled }
    }
    case 'delete':
      refuseInUse(life, 'delete')
      return { state: 'Deleting', enabled: false }
    case 'arrived':
      return { state: life.enabled ? 'Enabled' : 'Disabled', enabled: life.enabled }
    default:
      return unreachable(message)
  }
}

/** Whether something is still being done. */
export function isOnItsWay({ state }: MappingLife): boolean {
  return state !== 'Enabled' && state !== 'Disabled'
}

function refuseInUse({ state }: MappingLife, what: 'update' | 'delete'): void {
  if (state !== 'Creating' && state !== 'Updating' && state !== 'Deleting') return
  throw new ApiError(
    'ResourceInUseException',
    `Cannot ${what} the event source mapping because it is in use.`,
  )
}
