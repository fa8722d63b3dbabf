import type { EpochMs } from '../ids.ts'
import { invariant, unreachable } from '../invariant.ts'
import { backoffMs } from '../lane/backoff.ts'
import type { BackoffSettings } from '../mapping/settings.ts'

/** D16: deliveries to a destination are tried until they are accepted, with the waits of D1. */
export const DELIVERY_BACKOFF: BackoffSettings = { baseMs: 200, maximumMs: 60_000 }

/**
 * Deliveries of one destination: one at a time, oldest first, so that a destination that is down is asked once a
 * wait and not once an entry.
 */
export type OutboxState =
  | { readonly state: 'idle' }
  | { readonly state: 'delivering'; readonly id: string; readonly attempt: number }
  | {
      readonly state: 'backing-off'
      readonly id: string
      /** Attempts made. */
      readonly attempt: number
      readonly retryAt: EpochMs
      readonly reason: string
    }
  /** Delivered, and on its way out of the durable outbox. */
  | { readonly state: 'removing'; readonly id: string }

export type OutboxMessage =
  /** The oldest entry of this destination, or none. */
  | { readonly type: 'entry-found'; readonly id: string }
  | { readonly type: 'delivery-accepted' }
  | {
      readonly type: 'delivery-failed'
      readonly reason: string
      readonly now: EpochMs
      /** Chance, 0 <= fraction < 1. */
      readonly fraction: number
    }
  | { readonly type: 'retry-due' }
  | { readonly type: 'entry-removed' }

export type OutboxEffect =
  | { readonly type: 'deliver'; readonly id: string; readonly attempt: number }
  | { readonly type: 'arm-retry'; readonly at: EpochMs }
  /** Make it durable that `id` was delivered, then say `entry-removed`. */
  | { readonly type: 'remove'; readonly id: string }
  /** Look for the oldest entry and say `entry-found` where there is one. */
  | { readonly type: 'look-up' }

type OutboxStep = readonly [OutboxState, readonly OutboxEffect[]]

/**
 * One step of a destination's outbox.
 * @source D16; AWS gives up (aws-semantics §4.6), we do not.
 */
export function stepOutbox(outbox: OutboxState, message: OutboxMessage): OutboxStep {
  switch (message.type) {
    case 'entry-found':
      // News of an entry while another is under way: it is found when that one has left.
      return outbox.state === 'idle' ? deliver(message.id, 1) : [outbox, []]
    case 'delivery-accepted':
      invariant(outbox.state === 'delivering', `accepted while ${outbox.state}`)
      return [{ state: 'removing', id: outbox.id }, [{ type: 'remove', id: outbox.id }]]
    case 'delivery-failed':
      return backOff(outbox, message)
    case 'retry-due':
      return outbox.state === 'backing-off' ? deliver(outbox.id, outbox.attempt + 1) : [outbox, []]
    case 'entry-removed':
      invariant(outbox.state === 'removing', `removed while ${outbox.state}`)
      return [{ state: 'idle' }, [{ type: 'look-up' }]]
    default:
      return unreachable(message)
  }
}

function deliver(id: string, attempt: number): OutboxStep {
  return [{ state: 'delivering', id, attempt }, [{ type: 'deliver', id, attempt }]]
}

function backOff(
  outbox: OutboxState,
  failed: Extract<OutboxMessage, { type: 'delivery-failed' }>,
): OutboxStep {
  invariant(outbox.state === 'delivering', `failed while ${outbox.state}`)
  const { id, attempt } = outbox
  const retryAt = (failed.now + backoffMs(attempt, DELIVERY_BACKOFF, failed.fraction)) as EpochMs
  return [
    { state: 'backing-off', id, attempt, retryAt, reason: failed.reason },
    [{ type: 'arm-retry', at: retryAt }],
  ]
}
