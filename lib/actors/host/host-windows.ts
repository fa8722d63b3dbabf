import type { ShardWindows } from '../../core/checkpoint/shard-state.ts'
import type { FailedWindow } from '../../core/destination/failed-batch.ts'
import type { EpochMs } from '../../core/ids.ts'
import { invariant } from '../../core/invariant.ts'
import type { FinalReason, Work } from '../../core/lane/lane-state.ts'
import { isoSeconds } from '../../core/timestamp.ts'
import { utf8Length } from '../../core/utf8.ts'
import {
  EMPTY_STATE,
  intervalOf,
  isOutdated,
  type LaneWindows,
  type OpenWindow,
  withRecords,
} from '../../core/window/tumbling-window.ts'
import type { DynamoDBStreamTumblingWindowEvent } from '../../core/window/tumbling-window-event.ts'
import { WindowBorder } from '../../core/window/window-border.ts'
import { WindowMemory } from '../lane-memory/window-memory.ts'
import type { OpenShard } from '../protocol.ts'
import type { Cut, WindowedEvent } from './host-lane.ts'

/** What an event of a window holds beside its records and its state, at most. @unit bytes */
const FRAME_BYTES = 1024

/** A lane's tumbling windows, as the lane's owner sees them. @source aws-semantics §5 */
export class HostWindows {
  readonly #open: OpenShard
  readonly #memory: WindowMemory
  readonly #lengthMs: number
  #measured: { readonly open?: OpenWindow; readonly bytes: number } = { bytes: 0 }

  constructor(open: OpenShard, memory: SharedArrayBuffer) {
    this.#open = open
    this.#memory = new WindowMemory(memory)
    this.#lengthMs = open.rules.tumblingWindowMs
  }

  /** As last saved. */
  get saved(): ShardWindows {
    return this.#memory.read()
  }

  /** Now durable. */
  publish(windows: ShardWindows): void {
    this.#memory.write(windows)
  }

  /** The mapping's window has another length now, or none: what is open is closed before anything else. */
  get isOutdated(): boolean {
    return isOutdated(this.saved, this.#lengthMs)
  }

  /** Whether new batches belong to windows. */
  get #isOn(): boolean {
    return this.#lengthMs > 0
  }

  /** Limits of the next batch's event; undefined where new batches belong to no window. */
  nextEvent(): WindowedEvent | undefined {
    if (!this.#isOn) return undefined
    const stateBytes = this.#stateBytes()
    return {
      border: new WindowBorder(this.saved, this.#lengthMs),
      frameBytes: FRAME_BYTES + stateBytes,
    }
  }

  /** Measured once for each state: it may be large. */
  #stateBytes(): number {
    const { open } = this.saved
    if (!open) return EMPTY_STATE.length
    if (open !== this.#measured.open) this.#measured = { open, bytes: utf8Length(open.state) }
    return this.#measured.bytes
  }

  /** With the window open that the batch belongs to. */
  withBatch({ arrivals }: Pick<Cut, 'arrivals'>, { border }: WindowedEvent): LaneWindows {
    const { interval, lateCount } = border
    invariant(interval !== undefined, 'a batch has records')
    return withRecords(this.saved, { interval, lateCount, lastArrivedAt: arrivals.at(-1)! })
  }

  /** The same for batches that are taken up again: most are in the window that was saved with them. */
  withResumed(works: readonly Work[], firstStamp: EpochMs | undefined): LaneWindows | undefined {
    const { saved } = this
    const lastArrivedAt = works.at(-1)?.batch.arrivals.at(-1)
    if (lastArrivedAt === undefined || firstStamp === undefined) return saved
    if (!saved.open && !this.#isOn) return undefined
    const interval = saved.open ?? intervalOf(firstStamp, this.#lengthMs)
    const lateCount =
      saved.open || firstStamp >= saved.closedUntil ? 0 : works[0]!.batch.arrivals.length
    return withRecords(saved, { interval, lateCount, lastArrivedAt })
  }

  /** Until when a batch may still be gathered for this window (D28). @unit epoch ms */
  gatherUntil(firstStamp: EpochMs): number {
    if (!this.#isOn) return Number.POSITIVE_INFINITY
    const { end } = this.saved.open ?? intervalOf(firstStamp, this.#lengthMs)
    return end + this.#open.rules.tumblingGraceMs
  }

  event(
    records: unknown[],
    windows: LaneWindows,
    final: FinalReason | undefined,
  ): DynamoDBStreamTumblingWindowEvent {
    const { start, end, state } = openOf(windows)
    const { shardId, streamArn } = this.#open.stream
    return {
      Records: records,
      shardId,
      eventSourceARN: streamArn,
      window: { start: isoSeconds(start), end: isoSeconds(end) },
      // Fresh for each attempt: a handler may change it.
      state: JSON.parse(state),
      isFinalInvokeForWindow: final !== undefined,
      isWindowTerminatedEarly: final === 'early',
    }
  }
}

export function failedWindow(windows: LaneWindows, final: FinalReason): FailedWindow {
  const { start, end } = openOf(windows)
  return { start, end, isEarly: final === 'early' }
}

export function openOf({ open }: LaneWindows): OpenWindow {
  invariant(open !== undefined, 'an invocation in a window has an open one')
  return open
}
