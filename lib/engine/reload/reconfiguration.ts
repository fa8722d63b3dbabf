import { isDeepStrictEqual } from 'node:util'
import type { MappingActor } from '../../actors/mapping/mapping.ts'
import type { MappingTerms } from '../../actors/mapping/mapping-parts.ts'
import type { SupervisorActor } from '../../actors/supervisor.ts'
import { MillraceError } from '../../core/errors.ts'
import { resolveFunction } from '../../core/function/resolve-function.ts'
import { invariant } from '../../core/invariant.ts'
import { mappingConflict } from '../../core/mapping/api-error.ts'
import { sourceText } from '../../core/mapping/mapping-settings.ts'
import type { EngineConfiguration, MappingSettings } from '../../core/mapping/settings.ts'
import type { EngineFunctions } from '../engine-functions.ts'
import type { EngineLife } from '../engine-life.ts'
import type { EngineMappings } from '../engine-mappings.ts'
import type { EngineStreams } from '../engine-streams.ts'
import type { MappingFactory } from '../mapping-factory.ts'
import {
  type ConfigurationChange,
  type ConfiguredMapping,
  planChange,
} from './configuration-change.ts'

export type ReconfigurationParts = {
  /** As it holds: all parts of the engine read this object, and it takes the other one's members over. */
  readonly configuration: EngineConfiguration
  readonly streams: EngineStreams
  readonly functions: EngineFunctions
  readonly factory: MappingFactory
  readonly supervisor: SupervisorActor
  readonly mappings: EngineMappings
  readonly life: EngineLife
  /** What a function's name means may be another program now. */
  readonly functionChanged: (name: string) => void
  /** Nothing is under way any more, or less. */
  readonly ended: () => void
}

/** What holds now that did not before: streams and functions by name, mappings by UUID. */
export type Reconfigured = {
  readonly streams: readonly string[]
  readonly functions: readonly string[]
  readonly mappings: {
    readonly added: readonly string[]
    readonly changed: readonly string[]
    readonly removed: readonly string[]
  }
}

const OPERATION = 'read the configuration again'

/** A mapping that is wanted, with what it will follow. */
type Wanted = ConfiguredMapping & { readonly terms: MappingTerms }

/**
 * Brings a running engine to another configuration. All that can be refused is tried before anything changes: what the file
 * names is found, and every function loaded. Then each mapping goes on from what is durable, as after an update (D3, D7).
 */
export class Reconfiguration {
  readonly #parts: ReconfigurationParts
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(parts: ReconfigurationParts) {
    this.#parts = parts
  }

  get isActive(): boolean {
    return this.#waiting > 0
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    await this.#last
  }

  /** @throws MillraceError of what is wrong: the configuration before holds then. */
  apply(next: EngineConfiguration): Promise<Reconfigured> {
    this.#waiting++
    const applied = this.#last.then(() => this.#apply(next))
    this.#last = applied
      .catch(() => {})
      .finally(() => {
        this.#waiting--
        this.#parts.ended()
      })
    return applied
  }

  async #apply(next: EngineConfiguration): Promise<Reconfigured> {
    const { configuration, streams, life, supervisor } = this.#parts
    life.expect('running', OPERATION)
    const change = planChange(configuration, next)
    for (const [name, settings] of next.streams) await streams.embedded.ensure(name, settings)
    const wanted = (mapping: ConfiguredMapping) => this.#wanted(mapping, next)
    const added = change.added.map(wanted)
    const others = change.kept.map(wanted).filter((one) => this.#isOther(one))
    await this.#loadAll([...added, ...others], next)
    const actors = await this.#createAll(added)
    life.expect('running', OPERATION)
    this.#refuseTwins(actors, change)
    // From here on the other configuration is the one that holds, and all of it.
    this.#takeOver(next, change)
    for (const actor of actors) this.#begin(actor)
    for (const name of change.functions) this.#parts.functionChanged(name)
    const left = [...change.removed, ...change.disabled]
    const removed = left.filter(({ uuid }) => supervisor.mappings.has(uuid))
    await Promise.all([
      ...removed.map(({ uuid }) => supervisor.remove(uuid)),
      ...others.map((one) => this.#change(one)),
    ])
    const uuids = (mappings: readonly ConfiguredMapping[]) => mappings.map(({ uuid }) => uuid)
    const mappings = { added: uuids(added), changed: uuids(others), removed: uuids(removed) }
    return { streams: change.streams, functions: change.functions, mappings }
  }

  /** D34: every function that is to run is loaded before anything is read for it. @throws MillraceError */
  async #loadAll(mappings: readonly ConfiguredMapping[], next: EngineConfiguration): Promise<void> {
    const { functions, life } = this.#parts
    const loading = mappings.map(({ settings }) => functions.load(programOf(settings, next)))
    await life.unlessStopped(Promise.all(loading))
  }

  #wanted(mapping: ConfiguredMapping, next: EngineConfiguration): Wanted {
    const { settings } = mapping
    const { functions, factory } = this.#parts
    const pool = functions.pool(programOf(settings, next))
    return { ...mapping, terms: { settings, pool, functionArn: factory.functionArn(settings) } }
  }

  /** Finds where each begins, durably; none reads yet. @throws MillraceError of the first that cannot be */
  async #createAll(added: readonly Wanted[]): Promise<readonly MappingActor[]> {
    const { factory } = this.#parts
    const creating = added.map(({ uuid, settings, terms }) => factory.create(uuid, settings, terms))
    await Promise.allSettled(creating)
    return Promise.all(creating)
  }

  /** What the API made of the same stream and function would be delivered twice. @throws MillraceError MILLRACE_MAPPING_REFUSED */
  #refuseTwins(actors: readonly MappingActor[], { removed }: ConfigurationChange): void {
    const leaving = new Set<string>(removed.map(({ uuid }) => uuid))
    for (const { parts, streamArn } of actors) {
      const { uuid, functionArn, settings } = parts
      const twin = this.#parts.mappings
        .list({ EventSourceArn: streamArn })
        .find(
          (one) => one.FunctionArn === functionArn && one.UUID !== uuid && !leaving.has(one.UUID),
        )
      if (!twin) continue
      const { functionName } = settings
      const conflict = mappingConflict({ eventSource: streamArn, functionName, uuid: twin.UUID })
      const mapping = `${sourceText(settings.source)} to ${functionName}`
      const facts = { mapping, origin: '', reason: conflict.message }
      throw MillraceError.of('MILLRACE_MAPPING_REFUSED', facts)
    }
  }

  /** Its settings are others, or its function is; or it was given up, and is given another chance. */
  #isOther({ uuid, terms }: Wanted): boolean {
    const { supervisor } = this.#parts
    const actor = supervisor.mappings.get(uuid)
    invariant(actor !== undefined, `the mapping ${uuid} runs`)
    if (supervisor.losses.has(uuid)) return true
    const { settings, pool } = actor.parts
    return pool !== terms.pool || !isDeepStrictEqual(settings, terms.settings)
  }

  #takeOver(next: EngineConfiguration, { removed, disabled, kept }: ConfigurationChange): void {
    const { configuration, mappings, supervisor } = this.#parts
    Object.assign(configuration, next)
    for (const { uuid } of removed) mappings.withdraw(uuid)
    for (const { uuid, settings } of disabled)
      mappings.declare(uuid, settings, sourceText(settings.source))
    for (const { uuid, settings } of kept) {
      const streamArn = supervisor.mappings.get(uuid)?.streamArn ?? sourceText(settings.source)
      mappings.declare(uuid, settings, streamArn)
    }
  }

  #begin(actor: MappingActor): void {
    const { mappings, supervisor } = this.#parts
    const { uuid, settings } = actor.parts
    supervisor.adopt(actor)
    mappings.declare(uuid, settings, actor.streamArn)
    actor.start()
  }

  /** What goes wrong here ends the mapping, visibly; it stays, with its position. */
  async #change({ uuid, terms }: Wanted): Promise<void> {
    const { supervisor, life } = this.#parts
    const actor = supervisor.mappings.get(uuid)
    invariant(actor !== undefined, `the mapping ${uuid} runs`)
    try {
      await actor.change(terms)
    } catch (error) {
      supervisor.lose(uuid, error instanceof Error ? error.message : String(error))
      return
    }
    supervisor.forgive(uuid)
    if (life.isRunning) actor.start()
  }
}

/** What a mapping of a configuration runs: its functions are all in it. */
function programOf(
  { functionName, functionQualifier }: MappingSettings,
  next: EngineConfiguration,
) {
  const settings = next.functions.get(functionName)
  const known = settings && ({ owner: 'configuration', name: functionName, settings } as const)
  const resolved = known && resolveFunction(known, functionQualifier, (folder) => folder)
  invariant(resolved !== undefined, `the configuration has the function ${functionName}`)
  return resolved
}
