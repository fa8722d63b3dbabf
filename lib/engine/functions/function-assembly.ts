import { join } from 'node:path'
import type { Slab } from '../../actors/lane-memory/slab.ts'
import type { LanePool } from '../../actors/pool/lane-pool.ts'
import { CodeFolders } from '../../functions/code/code-folders.ts'
import { EngineFunctions } from '../engine-functions.ts'
import type { EngineGround } from '../engine-ground.ts'
import type { EngineLife } from '../engine-life.ts'
import { FunctionCatalogue } from '../function-catalogue.ts'
import type { InspectionEvent } from '../inspection.ts'
import { CallCounts } from '../measuring/call-counts.ts'
import { EventInvocations } from './event-invocations.ts'
import { FunctionInvocations } from './function-invocations.ts'
import { FunctionResolution } from './function-resolution.ts'
import { KnownFunctions } from './known-functions.ts'

/** Below the data directory. */
const CODE_DIRECTORY = 'code'

export type FunctionAssemblyParts = {
  readonly ground: EngineGround
  readonly slab: Slab
  readonly life: EngineLife
  /** Whether functions of the API outlive the engine. */
  readonly definitions: 'durable' | 'none'
  /** Nothing of the pool can run any more. */
  failed(pool: LanePool, reason: string): void
  /** What a name means may be another program now. */
  changed(name: string): void
  /** Whether somebody works with it, or is about to. */
  isUsed(pool: LanePool, program: string): boolean
  report(event: InspectionEvent): void
}

/** The functions of an engine: what there is, where its code is, what runs it; wired to one another. */
export class FunctionAssembly {
  readonly functions: EngineFunctions
  readonly resolution: FunctionResolution
  readonly catalogue: FunctionCatalogue
  readonly calls = new CallCounts()
  readonly #parts: FunctionAssemblyParts
  readonly #known: KnownFunctions
  readonly #codes: CodeFolders
  readonly #events: EventInvocations
  /** One after the other. */
  #collected: Promise<void> = Promise.resolve()

  constructor(parts: FunctionAssemblyParts) {
    this.#parts = parts
    const { ground, slab, life, definitions, failed } = parts
    const { configuration, store, clock, random, logLevel } = ground
    const freshId = () => random.uuid()
    this.#codes = new CodeFolders(join(configuration.dataDirectory, CODE_DIRECTORY), freshId)
    const changed = (name: string) => this.changed(name)
    this.#known = new KnownFunctions({ configuration, store, definitions, changed })
    const look = () => this.collect()
    const ofPools = { configuration, slab, clock, random, logLevel }
    this.functions = new EngineFunctions({ ...ofPools, failed, look })
    const [known, codes, functions] = [this.#known, this.#codes, this.functions]
    this.resolution = new FunctionResolution({ slab, clock, known, codes, functions })
    for (const { name } of known.all()) this.#limit(name)
    this.#events = new EventInvocations({
      clock,
      runningMax: configuration.engine.maximumThreads,
      attempt: (invocation) => invocations.attempt(invocation),
      dropped: ({ target, requestId }, reason) =>
        parts.report({ type: 'invocation-dropped', function: target.name, requestId, reason }),
    })
    const { calls } = this
    const resolved = { known, functions, resolution: this.resolution }
    const shared = { ...resolved, events: this.#events, freshId, calls }
    const expectRunning = (operation: string) => life.expect('running', operation)
    const invocations = new FunctionInvocations({ ...shared, expectRunning })
    this.catalogue = new FunctionCatalogue({
      known,
      codes,
      invocations,
      openedAt: clock.now(),
      now: () => clock.now(),
      freshId,
      expectOpen: (operation) => life.expectOpen(operation),
      codeChanged: look,
    })
  }

  /** Of all functions that there are. */
  names(): readonly string[] {
    return this.#known.all().map(({ name }) => name)
  }

  /** Stops what nobody needs any more, and removes its code; what cannot be removed now is tried again. */
  collect(): void {
    this.#collected = this.#collected.then(() => this.#collect()).catch(() => {})
  }

  /** Resolves when no invocation runs that is of no mapping; none begins any more. */
  async drained(): Promise<void> {
    this.#events.stop()
    await this.functions.drained()
  }

  /** Stops all threads. */
  async stop(): Promise<void> {
    await this.functions.stop()
    await this.#collected
    this.#known.close()
    await this.#removeCode()
  }

  async #collect(): Promise<void> {
    await this.functions.retire(this.#parts.isUsed)
    await this.#removeCode()
  }

  async #removeCode(): Promise<void> {
    const wanted = [...this.#known.folders()].map((folder) => this.#codes.pathOf(folder))
    await this.#codes.keepOnly(new Set([...wanted, ...this.functions.codeDirectories()]))
  }

  /** What a name means may be another program now. */
  changed(name: string): void {
    this.#limit(name)
    this.#parts.changed(name)
  }

  #limit(name: string): void {
    const known = this.#known.find(name)
    this.functions.setLimit(name, known?.owner === 'api' ? known.reservedConcurrency : undefined)
  }
}
