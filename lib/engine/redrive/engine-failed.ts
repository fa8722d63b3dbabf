import type { LanePool } from '../../actors/pool/lane-pool.ts'
import type { FailedBatchSummary } from '../../core/destination/failed-batch.ts'
import { MillraceError } from '../../core/errors.ts'
import type { MappingUuid } from '../../core/ids.ts'
import { type Ledger, ledgerOf, NO_COUNTS } from '../../core/ledger/ledger.ts'
import type { MappingSettings } from '../../core/mapping/settings.ts'
import type { FailedBatchFilter } from '../../core/redrive/failed-batch-filter.ts'
import type { RedriveSelection } from '../../core/redrive/redrive-selection.ts'
import type { RedriveTask } from '../../core/redrive/redrive-task.ts'
import type { Removed } from '../../ports/failed-batch-store.ts'
import type { StoredFailedBatch } from '../../ports/state-store.ts'
import type { RedriveShardExplanation } from '../engine-status.ts'
import { mappingOf, type RedriveStatus, redriveStatus, selectBatches } from './failed-selection.ts'
import { type PlanParts, planRedrive, type RedrivePlan, redriveStreams } from './redrive-plan.ts'
import { countsOf, settledBatches } from './redrive-progress.ts'
import { type RedriveParts, RedriveRun } from './redrive-run.ts'

export type { FailedBatchFilter, FailedBatchSummary, RedriveSelection, RedriveStatus }

/** How failed batches are sent again. */
export type RedriveOptions = {
  /** Sends also batches of whose keys something newer was delivered, or may have been. */
  readonly includeStale?: boolean
  readonly recordsPerSecond?: number
}

/** A redrive that was begun; where nothing was to be sent, there is no task. */
export type Redrive = RedriveSelection & {
  readonly id?: string
  /** As of now, also after its end; apart from the mapping's (D25). */
  ledger(): Ledger
  /** Resolves with its ledger when it is done. @throws MillraceError MILLRACE_ABORTED, MILLRACE_RUN_FAILED */
  readonly done: Promise<Ledger>
}

type Shared = Omit<RedriveParts, 'task' | 'settings' | 'pool' | 'functionArn'>

export type FailedParts = PlanParts &
  Shared & {
    /** Throws unless the engine is in a state for that. */
    expect(state: 'open' | 'running', operation: string): void
    /** @throws MillraceError MILLRACE_MAPPING_UNKNOWN */
    settingsOf(mapping: MappingUuid): MappingSettings
    /** A redrive can do no more in this engine. */
    failed(id: string, reason: string): void
    /** Loads the function. @throws MillraceError MILLRACE_HANDLER_UNLOADABLE */
    prepare(settings: MappingSettings): Promise<Pick<RedriveParts, 'pool' | 'functionArn'>>
  }

/** Batches that were given up: looked at, sent again, removed. @source contract §2; docs/decisions/0010 */
export class EngineFailed {
  readonly #parts: FailedParts
  readonly #runs = new Map<string, RedriveRun>()
  /** Mappings whose redrive is being begun. */
  readonly #beginning = new Set<MappingUuid>()

  /** @internal */
  constructor(parts: FailedParts) {
    this.#parts = parts
  }

  /** Without their records, oldest first. @throws MillraceError MILLRACE_STATE */
  list(filter: FailedBatchFilter = {}): readonly FailedBatchSummary[] {
    const { expect, store } = this.#parts
    expect('open', 'list failed batches')
    return selectBatches(store, filter)
  }

  /** One batch with its event. @throws MillraceError MILLRACE_FAILED_BATCH_UNKNOWN, MILLRACE_STATE */
  get(id: string): StoredFailedBatch {
    const found = this.find(id)
    if (found) return found
    throw MillraceError.of('MILLRACE_FAILED_BATCH_UNKNOWN', { id, directory: 'the data' })
  }

  /** The same, where it is there. @internal */
  find(id: string): StoredFailedBatch | undefined {
    const { expect, store } = this.#parts
    expect('open', 'get a failed batch')
    return store.failedBatch(id)
  }

  /** All that were ever begun, oldest first. */
  redrives(): readonly RedriveStatus[] {
    const { expect, store } = this.#parts
    expect('open', 'list redrives')
    return store.redrives().map((task) => {
      const run = this.#runs.get(task.id)
      return redriveStatus(store, task, run?.isActive ? run.ledger() : undefined)
    })
  }

  /**
   * What a redrive would send and what not, and why; sends nothing.
   * @throws MillraceError MILLRACE_REDRIVE_REFUSED where the batches are of several mappings, MILLRACE_MAPPING_UNKNOWN
   */
  async preview(
    filter: FailedBatchFilter,
    { includeStale = false }: RedriveOptions = {},
  ): Promise<RedriveSelection> {
    const { expect } = this.#parts
    expect('open', 'preview a redrive')
    const { sent, skipped } = await this.#plan(this.list(filter), includeStale)
    return { sent, skipped }
  }

  /**
   * Sends batches of one mapping again, as a durable task: resolves when it is begun.
   * @throws MillraceError MILLRACE_REDRIVE_REFUSED, MILLRACE_MAPPING_UNKNOWN, MILLRACE_HANDLER_UNLOADABLE, MILLRACE_STATE
   */
  async redrive(filter: FailedBatchFilter, options: RedriveOptions = {}): Promise<Redrive> {
    this.#parts.expect('running', 'redrive failed batches')
    const batches = this.list(filter)
    const mapping = mappingOf(batches)
    if (mapping === undefined) return nothingSent([])
    this.#refuseSecond(mapping)
    this.#beginning.add(mapping)
    try {
      const plan = await this.#plan(batches, options.includeStale ?? false)
      if (plan.sent.length === 0) return nothingSent(plan.skipped)
      const run = await this.#begin(mapping, plan, options)
      return handleOf(run, plan)
    } finally {
      this.#beginning.delete(mapping)
    }
  }

  /** Goes on with all redrives that have not ended. @returns those that were not active before. */
  async resume(): Promise<readonly Redrive[]> {
    const { expect, store } = this.#parts
    expect('running', 'resume redrives')
    const resumed: Redrive[] = []
    for (const task of store.redrives()) {
      if (task.state !== 'running' || this.#runs.get(task.id)?.isActive) continue
      const sent = [...store.redriveBatches(task.id)]
      resumed.push(handleOf(await this.#start(task), { sent, skipped: [] }))
    }
    return resumed
  }

  /**
   * Ends a redrive: batches that it settled whole leave the store, the others are free again.
   * @throws MillraceError MILLRACE_REDRIVE_UNKNOWN
   */
  async cancel(id: string): Promise<Ledger> {
    const { expect, store, clock } = this.#parts
    expect('open', 'cancel a redrive')
    const open = store.redrives().filter(({ state }) => state === 'running')
    const task = open.find((one) => one.id === id)
    if (!task) {
      const known = open.map((one) => one.id).join(', ') || 'none'
      throw MillraceError.of('MILLRACE_REDRIVE_UNKNOWN', { id, known })
    }
    const run = this.#runs.get(id)
    // What is about to be done is done.
    if (run?.isEnding) return run.done
    await run?.stop('it was cancelled')
    this.#runs.delete(id)
    const counts = countsOf(store, task)
    const ended = { ...task, state: 'cancelled', counts, endedAt: clock.now() } as const
    await store.endRedrive({ task: ended, settled: settledBatches(store, task) })
    return ledgerOf(counts, 0)
  }

  /**
   * Removes batches for good. Those that wait for their destination, or that a redrive holds, stay.
   * Resolves when on disk.
   */
  async purge(filter: FailedBatchFilter): Promise<Removed> {
    const { expect, store } = this.#parts
    expect('open', 'purge failed batches')
    return store.removeFailed(selectBatches(store, filter).map(({ id }) => id))
  }

  // --- for the engine ------------------------------------------------------------------------------------------

  /** No redrive goes on now. @internal */
  get isIdle(): boolean {
    return this.#beginning.size === 0 && [...this.#runs.values()].every((run) => !run.isActive)
  }

  /** Records that redrives of this engine have settled. @internal */
  get settledCount(): number {
    return [...this.#runs.values()]
      .map((run) => run.ledger())
      .reduce((sum, { polled, inFlight }) => sum + polled - inFlight, 0)
  }

  /** What redrives do, of one mapping or of all. @internal */
  explainShards(uuid: string | undefined): readonly RedriveShardExplanation[] {
    const runs = [...this.#runs.values()].map((run) => ({ run, mapping: run.parts.task.mapping }))
    return runs
      .filter(({ mapping }) => uuid === undefined || mapping === uuid)
      .flatMap(({ run, mapping }) => run.explainShards().map((shard) => ({ mapping, ...shard })))
  }

  /** What calls it ends. @internal */
  functionFailed(pool: LanePool, reason: string): void {
    for (const run of this.#runs.values()) if (run.parts.pool === pool) run.lose(reason)
  }

  /** Whether a redrive needs it. @internal */
  isUsing(pool: LanePool): boolean {
    return [...this.#runs.values()].some((run) => run.isActive && run.parts.pool === pool)
  }

  /** Ends what runs; it goes on with the next engine. @internal */
  async stop(): Promise<void> {
    await Promise.all([...this.#runs.values()].map((run) => run.stop()))
  }

  #refuseSecond(mapping: MappingUuid): void {
    const open = this.#parts.store
      .redrives()
      .find((task) => task.mapping === mapping && task.state === 'running')
    if (open === undefined && !this.#beginning.has(mapping)) return
    const reason = open ? `the redrive ${open.id} of it has not ended` : 'another one is beginning'
    throw MillraceError.of('MILLRACE_REDRIVE_REFUSED', { mapping, reason })
  }

  async #plan(batches: readonly FailedBatchSummary[], includeStale: boolean): Promise<RedrivePlan> {
    const uuid = mappingOf(batches)
    if (uuid === undefined) return { sent: [], skipped: [], descriptions: new Map() }
    const settings = this.#parts.settingsOf(uuid)
    return planRedrive(batches, { uuid, settings }, { ...this.#parts, includeStale })
  }

  async #begin(
    mapping: MappingUuid,
    plan: RedrivePlan,
    { recordsPerSecond }: RedriveOptions,
  ): Promise<RedriveRun> {
    const { store, clock, random, settingsOf, prepare, expect } = this.#parts
    // Loaded before anything is held: a function that cannot be loaded changes nothing.
    await prepare(settingsOf(mapping))
    expect('running', 'redrive failed batches')
    const id = random.uuid()
    const task: RedriveTask = {
      id,
      mapping,
      state: 'running',
      createdAt: clock.now(),
      ...(recordsPerSecond === undefined ? {} : { recordsPerSecond }),
      streams: redriveStreams(plan, mapping, id),
      batchCount: plan.sent.length,
      recordCount: plan.sent.reduce((sum, { facts }) => sum + facts.recordCount, 0),
      counts: NO_COUNTS,
    }
    await store.beginRedrive(
      task,
      plan.sent.map((batch) => batch.id),
    )
    return this.#start(task)
  }

  async #start(task: RedriveTask): Promise<RedriveRun> {
    const { settingsOf, prepare, expect } = this.#parts
    const settings = settingsOf(task.mapping)
    const { pool, functionArn } = await prepare(settings)
    expect('running', 'redrive failed batches')
    const run = new RedriveRun({ ...this.#parts, task, settings, pool, functionArn })
    this.#runs.set(task.id, run)
    run.done.catch((error: unknown) => {
      const isStop = error instanceof MillraceError && error.code === 'MILLRACE_ABORTED'
      if (!isStop)
        this.#parts.failed(task.id, error instanceof Error ? error.message : String(error))
    })
    await run.start()
    return run
  }
}

function handleOf(run: RedriveRun, { sent, skipped }: RedriveSelection): Redrive {
  const { id } = run.parts.task
  return { id, sent, skipped, ledger: () => run.ledger(), done: run.done }
}

function nothingSent(skipped: Redrive['skipped']): Redrive {
  const ledger = ledgerOf(NO_COUNTS, 0)
  return { sent: [], skipped, ledger: () => ledger, done: Promise.resolve(ledger) }
}
