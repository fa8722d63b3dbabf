import { unreachable } from '../invariant.ts'
import type { Verdict } from './verdict.ts'

/** What a lane was doing in a thread when that died. */
export type LostLane =
  /** Its function ran; `alone`: and nothing else ran in that thread. */
  | { readonly state: 'running'; readonly alone: boolean }
  /** It held batches, and ran none of them. */
  | { readonly state: 'waiting' }

/** How a lost lane goes on in another thread. */
export type Rescue =
  /** The attempt ended with this: it is spent. */
  | { readonly type: 'judge'; readonly verdict: Verdict }
  /** The attempt is not spent: it is made again, with nothing else in its thread. */
  | { readonly type: 'run-alone' }
  | { readonly type: 'go-on' }

/**
 * Who is to blame for a thread's death: the one whose function ran, if it ran alone. Several are suspects; they run
 * again one at a time, and only a death alone counts.
 *
 * @param verdict what the death means for the batch that caused it.
 * @source D27
 */
export function rescueOf(lost: LostLane, verdict: Verdict): Rescue {
  switch (lost.state) {
    case 'running':
      return lost.alone ? { type: 'judge', verdict } : { type: 'run-alone' }
    case 'waiting':
      return { type: 'go-on' }
    default:
      return unreachable(lost)
  }
}
