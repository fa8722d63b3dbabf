import { MillraceError } from '../core/errors.ts'
import type { LaneExplanation } from '../core/explanation/explanation.ts'
import type { EpochMs } from '../core/ids.ts'
import { type StallState, stepStall } from '../core/ledger/stall.ts'
import { printable } from '../core/printable.ts'
import type { Engine } from '../engine/engine.ts'
import type { Explanation } from '../engine/engine-status.ts'
import { countText } from './print.ts'
import { functionNamesOf } from './run-log.ts'

/** How long a source may be silent before a run gives up. @unit ms @source contract §2 */
export const UNREACHABLE_MS = 10_000
/** Lanes that a message names. */
const LANES_NAMED_MAX = 5

/** Looks at a run again and again, and says why it will not end by itself. */
export class RunWatch {
  readonly #engine: Engine
  readonly #options: { readonly stallTimeoutMs: number; readonly endpoint: string }
  readonly #failingSince = new Map<string, number>()
  #stall: StallState | undefined

  constructor(
    engine: Engine,
    options: { readonly stallTimeoutMs: number; readonly endpoint: string },
  ) {
    this.#engine = engine
    this.#options = options
  }

  /** Why the run is to end now; `undefined` while it gets on. */
  look(now: EpochMs): MillraceError | undefined {
    return this.#sourceProblem(now) ?? this.#stallProblem(now)
  }

  #sourceProblem(now: EpochMs): MillraceError | undefined {
    for (const { uuid, sourceFailure } of this.#engine.status()) {
      if (!sourceFailure || sourceFailure.type === 'throttled') {
        this.#failingSince.delete(uuid)
        continue
      }
      const since = this.#failingSince.get(uuid) ?? now
      this.#failingSince.set(uuid, since)
      if (now - since < UNREACHABLE_MS) continue
      const { endpoint } = this.#options
      const { type, reason } = sourceFailure
      return type === 'unreachable'
        ? MillraceError.of('MILLRACE_SOURCE_UNREACHABLE', { endpoint, reason })
        : MillraceError.of('MILLRACE_SOURCE_REFUSED', { operation: 'reading', endpoint, reason })
    }
    return undefined
  }

  /** D24. */
  #stallProblem(now: EpochMs): MillraceError | undefined {
    const { stallTimeoutMs } = this.#options
    const { delivered, filtered, sent, dropped } = this.#engine.ledger()
    const explanation = this.#engine.explain()
    const lanes = busyLanes(explanation, functionNamesOf(this.#engine))
    const { outbox, redrives } = explanation
    const blocked =
      lanes.every(({ condition }) => condition === 'backing-off') &&
      (lanes.length > 0 || outbox.blocked)
    const done = delivered + filtered + sent + dropped + outbox.delivered + redrives.settled
    const { state, stalled } = stepStall(this.#stall, { now, done, blocked }, stallTimeoutMs)
    this.#stall = state
    if (!stalled) return undefined
    const causes = causesText(lanes, explanation)
    return MillraceError.of('MILLRACE_STALLED', { seconds: stallTimeoutMs / 1000, causes })
  }
}

type BusyLane = LaneExplanation & { readonly place: string }

/** Lanes with something to do, of mappings and of redrives, and where they are. */
function busyLanes(
  { mappings, redrives }: Explanation,
  functions: ReadonlyMap<string, string>,
): readonly BusyLane[] {
  const ofMappings = mappings.flatMap(({ uuid, shards }) =>
    shards.map((shard) => ({ mapping: uuid, ...shard })),
  )
  return [...ofMappings, ...redrives.shards].flatMap(({ mapping, shardId, lanes }) => {
    const place = `${functions.get(mapping) ?? mapping}, ${shardId}`
    return lanes.map((lane) => ({ place: `${place}, lane ${lane.lane}`, ...lane }))
  })
}

/** Lanes and destinations that wait, and for what. */
function causesText(lanes: readonly BusyLane[], { outbox }: Explanation): string {
  const named = lanes
    .slice(0, LANES_NAMED_MAX)
    .map(({ place, queued = 0, attempt, retryAt, blocked }) => {
      const error = blocked ? `: ${blocked.error.errorType}: ${blocked.error.errorMessage}` : ''
      const retry = retryAt ? `, next at ${new Date(retryAt).toISOString()}` : ''
      const waits = `${countText(queued, 'record')} ${queued === 1 ? 'waits' : 'wait'}`
      return `${place}: ${waits} behind a batch that failed ${countText(attempt, 'time')}${retry}${error}`
    })
  if (lanes.length > named.length) named.push(`and ${lanes.length - named.length} more`)
  for (const [destination, reason] of outbox.problems) {
    named.push(`${destination} takes no reports: ${reason}`)
  }
  return named.map((line) => `\n  ${printable(line)}`).join('')
}
