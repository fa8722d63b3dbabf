import type { OwedFinalCall, ShardWindows, StackEntry } from '../../core/checkpoint/shard-state.ts'
import { maybeSequenceNumber, type SequenceNumber } from '../../core/ids.ts'
import { invariant } from '../../core/invariant.ts'
import type { Discard, LaneEffect, LaneState } from '../../core/lane/lane-state.ts'
import type { LaneProgress } from '../lane-memory/lane-block.ts'
import type { DiscardedBatch } from '../protocol.ts'
import type { HostLane } from './host-lane.ts'
import { failedWindow, openOf } from './host-windows.ts'

/** What is made durable of a lane, beside its progress. */
export type LaneSave = {
  readonly stack: readonly StackEntry[]
  readonly discards: readonly DiscardedBatch[]
  /** The lane backs off until then; 0 = it does not. @unit epoch ms */
  readonly resumeAt: number
  /** Of a lane that has tumbling windows. */
  readonly windows?: ShardWindows
}

type Save = Extract<LaneEffect, { type: 'save' }>

/** Batches in hand as they are stored: by sequence numbers, since ordinals may mean nothing after a restart. */
export function storedStack(
  lane: HostLane,
  progress: LaneProgress,
  { stack, inDoubt }: Save,
): readonly StackEntry[] {
  const batches = stack.filter(({ final }) => final === undefined)
  const total = batches.reduce((sum, work) => sum + work.batch.arrivals.length, 0)
  const sequence = total > 0 ? lane.sequenceNumbers(progress, total).map(plain) : []
  let at = 0
  return batches.map((work): StackEntry => {
    const first = sequence[at]!
    at += work.batch.arrivals.length
    const { attempt, requestId } = work
    const entry = { first, last: sequence[at - 1]!, attempt, requestId }
    return inDoubt && work === stack[0] ? { ...entry, inDoubt } : entry
  })
}

/** The lane's windows as they are stored, with a final call that is owed. */
export function storedWindows({ stack, inDoubt, windows }: Save): { windows?: ShardWindows } {
  if (!windows) return {}
  const [first] = stack
  if (!first?.final) return { windows }
  const { attempt, requestId, final: reason } = first
  const owed: OwedFinalCall = { isEarly: reason === 'early', attempt, requestId }
  return { windows: { ...windows, final: inDoubt ? { ...owed, inDoubt } : owed } }
}

/** Until when a lane in this state will back off when it is saved; 0 = it goes on at once. @unit epoch ms */
export function resumeAt(state: LaneState): number {
  return state.state === 'saving' && typeof state.after === 'object' ? state.after.backOffUntil : 0
}

type Discarded = Extract<LaneEffect, { type: 'discard' }>
/** What the function was given, or would have been. */
type Given = { readonly event: unknown; readonly tooLarge: boolean }

/** @param freshId for a batch that never had a request id. */
export function discardedBatch(
  { discard, windows }: Discarded,
  given: Given,
  sequence: readonly SequenceNumber[],
  freshId: () => string,
): DiscardedBatch {
  const { work, condition, response } = discard
  const { arrivals } = work.batch
  const age = { first: arrivals[0], last: arrivals.at(-1) }
  const closing = work.final && windows ? { window: failedWindow(windows, work.final) } : {}
  const [first] = sequence
  return {
    condition,
    requestId: work.requestId === '' ? freshId() : work.requestId,
    // A record that was never sent counts one (aws-semantics §4.5).
    attempts: Math.max(1, work.attempt),
    ...(response && !given.tooLarge ? { response } : {}),
    ...lastErrorOf(discard),
    recordCount: arrivals.length,
    ...(first ? { sequenceNumbers: { first, last: sequence.at(-1)! } } : {}),
    firstArrivedAt: age.first ?? openOf(windows!).lastArrivedAt,
    lastArrivedAt: age.last ?? openOf(windows!).lastArrivedAt,
    ...closing,
    payload: JSON.stringify(given.event),
  }
}

function lastErrorOf({ work }: Discard): Pick<DiscardedBatch, 'lastError'> {
  const error = work.lastFailure?.error
  return error ? { lastError: error } : {}
}

/** As positions are compared: some servers write leading zeros, and a handler must see them. */
export function plain(sequenceNumber: string): SequenceNumber {
  const checked = maybeSequenceNumber(sequenceNumber)
  invariant(checked !== undefined, `${sequenceNumber} is a sequence number`)
  return checked
}
