import { CheckpointWriter } from '../../actors/checkpoint-writer.ts'
import { MappingActor, type MappingEvent, type MappingParts } from '../../actors/mapping/mapping.ts'
import { MillraceError } from '../../core/errors.ts'
import type { ShardExplanation } from '../../core/explanation/explanation.ts'
import {
  addCounts,
  type Ledger,
  type LedgerCounts,
  ledgerOf,
  NO_COUNTS,
} from '../../core/ledger/ledger.ts'
import type { MappingSettings } from '../../core/mapping/settings.ts'
import type { RedriveStream, RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { ChildFailure } from '../../core/supervision/decider.ts'
import type { EngineStore } from '../../ports/failed-batch-store.ts'
import { FailedBatchSource } from '../../sources/failed-batches/failed-batch-source.ts'
import { RecordAllowance } from '../../sources/failed-batches/record-allowance.ts'
import { RedriveStore } from './redrive-store.ts'

/** What a redrive shares with the mapping whose batches it sends. */
export type RedriveParts = Pick<
  MappingParts,
  'pool' | 'slab' | 'readAhead' | 'backoff' | 'tumblingGraceMs' | 'functionArn' | 'clock' | 'random'
> & {
  readonly task: RedriveTask
  readonly settings: MappingSettings
  readonly region: string
  readonly store: EngineStore
  /** Failed attempts, discards, progress: as of the mapping itself. */
  readonly report: (event: MappingEvent) => void
}

type State =
  | { readonly state: 'running' }
  /** Everything is settled, or somebody ends it; `over` resolves when nothing of it runs. */
  | { readonly state: 'ending'; readonly over: Promise<void> }

/**
 * Sends the batches that a task holds: a mapping of its own over them, with the settings and the function of the one
 * whose batches they are. So order, retries, splits, reports and what a crash leaves are those of any mapping.
 */
export class RedriveRun {
  readonly parts: RedriveParts
  readonly #actors: readonly MappingActor[]
  readonly #checkpoints: CheckpointWriter
  readonly #done: Promise<Ledger>
  #resolve!: (ledger: Ledger) => void
  #reject!: (error: unknown) => void
  #state: State = { state: 'running' }
  #isActive = true

  constructor(parts: RedriveParts) {
    this.parts = parts
    const { store, task } = parts
    const batches = [...store.redriveBatches(task.id)]
    const redriveStore = new RedriveStore(store, task, batches)
    this.#checkpoints = new CheckpointWriter(redriveStore, parts.clock)
    const allowance = new RecordAllowance(task.recordsPerSecond ?? Number.POSITIVE_INFINITY)
    this.#actors = task.streams.map((stream) => {
      const places = batches
        .map(({ id, facts }) => ({ id, ...facts }))
        .filter(({ streamArn }) => streamArn === stream.streamArn)
      const source = new FailedBatchSource({
        ...stream,
        batches: places,
        load: (id) => store.failedBatch(id)?.failed.payload,
        allowance,
        clock: parts.clock,
      })
      return this.#actor(stream, source, redriveStore)
    })
    this.#done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    const over = () => {
      this.#isActive = false
      parts.report({ type: 'moved', mapping: task.mapping })
    }
    this.#done.then(over, over)
  }

  /** Resolves with its ledger when its batches left the store. @throws MillraceError MILLRACE_ABORTED, MILLRACE_RUN_FAILED */
  get done(): Promise<Ledger> {
    return this.#done
  }

  /** It gets on, or waits for a retry. */
  get isActive(): boolean {
    return this.#isActive
  }

  /** Everything is settled, or it stops. */
  get isEnding(): boolean {
    return this.#state.state === 'ending'
  }

  /** Its own, apart from the mapping's (D25). */
  ledger(): Ledger {
    const inFlight = this.#actors.reduce((sum, actor) => sum + actor.ledger().inFlight, 0)
    return ledgerOf(this.#counts(), inFlight)
  }

  explainShards(): readonly ShardExplanation[] {
    return this.#actors.flatMap((actor) => actor.explainShards())
  }

  async start(): Promise<void> {
    for (const actor of this.#actors) await actor.prepare()
    for (const actor of this.#actors) actor.start()
    this.#look()
  }

  /** Lets running invocations end and saves; the task goes on with the next engine. */
  stop(reason = 'the engine stops'): Promise<void> {
    const { id } = this.parts.task
    this.#reject(MillraceError.of('MILLRACE_ABORTED', { operation: `redrive ${id}`, reason }))
    return this.#end()
  }

  /** It can do no more in this engine; the next one tries again. */
  lose(reason: string): void {
    const { id } = this.parts.task
    this.#reject(MillraceError.of('MILLRACE_RUN_FAILED', { what: `redrive ${id}`, reason }))
    // Awaited by whoever stops it.
    void this.#end()
  }

  #actor(stream: RedriveStream, source: FailedBatchSource, store: RedriveStore): MappingActor {
    const { settings, region, report, task, ...rest } = this.parts
    const parallelizationFactor = stream.isOneLane ? 1 : settings.parallelizationFactor
    return new MappingActor({
      ...rest,
      uuid: stream.uuid,
      // Each record matched a filter when it was delivered first, and begins where its batch does.
      settings: {
        ...settings,
        // Batches of a mapping that is disabled are sent all the same.
        enabled: true,
        parallelizationFactor,
        startingPosition: 'TRIM_HORIZON',
        filterPatterns: [],
      },
      // Only the end of a shard is its tip: what waits for the rate is not at its end.
      stream: {
        source,
        format: 'dynamodb-json',
        region,
        emptyReadsAtTip: Number.POSITIVE_INFINITY,
      },
      store,
      checkpoints: this.#checkpoints,
      report: (event) => {
        report({ ...event, mapping: task.mapping })
        this.#look()
      },
      escalate: (failure) => this.lose(reasonOf(failure)),
    })
  }

  /** Something moved. */
  #look(): void {
    if (this.#state.state !== 'running') return
    if (!this.#actors.every(({ pollers, isCaughtUp }) => pollers.size === 0 && isCaughtUp)) return
    const { store, task, clock } = this.parts
    const settled = new Set(Array.from(store.redriveBatches(task.id), ({ id }) => id))
    this.#end()
      .then(() => {
        const end = { state: 'done', counts: this.#counts(), endedAt: clock.now() } as const
        return store.endRedrive({ task: { ...task, ...end }, settled })
      })
      .then(
        () => this.#resolve(this.ledger()),
        (error: unknown) => this.#reject(error),
      )
  }

  #end(): Promise<void> {
    if (this.#state.state === 'ending') return this.#state.over
    const over = Promise.all(this.#actors.map((actor) => actor.stop())).then(() =>
      this.#checkpoints.flush(),
    )
    this.#state = { state: 'ending', over }
    return over
  }

  #counts(): LedgerCounts {
    return this.#actors.reduce((sum, actor) => addCounts(sum, actor.ledger()), NO_COUNTS)
  }
}

function reasonOf(failure: ChildFailure): string {
  if ('reason' in failure) return failure.reason
  return failure.type === 'invariant-broken' ? failure.error.message : failure.type
}
