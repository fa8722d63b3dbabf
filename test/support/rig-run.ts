import { CheckpointWriter } from '../../lib/actors/checkpoint-writer.ts'
import { Slab } from '../../lib/actors/lane-memory/slab.ts'
import {
  type MappedStream,
  MappingActor,
  type MappingParts,
} from '../../lib/actors/mapping/mapping.ts'
import { OutboxCourier } from '../../lib/actors/outbox-courier.ts'
import { LanePool } from '../../lib/actors/pool/lane-pool.ts'
import { SupervisorActor } from '../../lib/actors/supervisor.ts'
import type { MappingUuid } from '../../lib/core/ids.ts'
import type { MappingSettings } from '../../lib/core/mapping/settings.ts'
import { createMemoryDestination } from '../../lib/destinations/memory/memory-destination.ts'
import { EngineLife } from '../../lib/engine/engine-life.ts'
import { InlineThreads } from '../../lib/engine/inline-threads.ts'
import { ProgramMapping } from '../../lib/engine/program-mapping.ts'
import { createInlineRuntime } from '../../lib/functions/inline/inline-runtime.ts'
import type { Answer, FunctionRuntime } from '../../lib/ports/function-runtime.ts'
import type { Random } from '../../lib/ports/random.ts'
import type { MemorySource } from '../../lib/sources/memory/memory-source.ts'
import { createMemoryStateStore } from '../../lib/state/memory/memory-state-store.ts'
import type { EngineRig } from './engine-rig.ts'
import type { RigPorts } from './rig-ports.ts'
import { type EventRecord, historyAnswer, numberOf } from './rig-settings.ts'
import type { VirtualClock } from './virtual-clock.ts'

export const RIG_MAPPING = '5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa' as MappingUuid
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:on-order'

/** One life of the engine: from `start` to a stop or a crash. */
export class RigRun {
  alive = true
  /** Changes of the mapping go through it. */
  readonly program: ProgramMapping
  readonly supervisor: SupervisorActor
  readonly clock: ReturnType<VirtualClock['scope']>
  readonly mapping: MappingActor
  readonly slab: Slab
  readonly #checkpoints: CheckpointWriter
  readonly #pool: LanePool
  readonly #courier: OutboxCourier
  readonly #store: ReturnType<RigPorts['store']>

  constructor(rig: EngineRig, random: Random) {
    const { settings, options } = rig
    this.clock = rig.clock.scope()
    const { clock } = this
    const readAhead = { lane: 1 << 22, shard: 1 << 24, process: 1 << 25, ...options.readAhead }
    this.slab = new Slab(readAhead.process)
    this.#store = rig.ports.store(createMemoryStateStore({ backing: rig.backing }), this)
    this.#checkpoints = new CheckpointWriter(this.#store, clock)
    this.#pool = this.#createPool(rig, random)
    this.#courier = this.#createCourier(rig, random)
    const parts: MappingParts = {
      uuid: RIG_MAPPING,
      settings,
      stream: this.#mapped(rig, rig.source),
      olderStreams: rig.olderSources.map((source) => this.#mapped(rig, source)),
      pool: this.#pool,
      slab: this.slab,
      store: this.#store,
      checkpoints: this.#checkpoints,
      readAhead,
      backoff: options.backoff ?? { baseMs: 200, maximumMs: 60_000 },
      tumblingGraceMs: 1000,
      functionArn: FUNCTION_ARN,
      clock,
      random,
      report: (event) => {
        if (event.type !== 'moved') rig.events.push(event)
        if (event.type === 'mapping-changed' && this.alive) rig.changed(this.mapping.parts.settings)
        if (event.type === 'shard-opened') rig.note({ type: 'shard-opened', shard: event.shardId })
        if (event.type === 'moved') this.#courier.look()
      },
      escalate: (failure) => {
        rig.escalations.push(failure)
        this.supervisor.mappingFailed(RIG_MAPPING, failure)
      },
    }
    this.mapping = new MappingActor(parts)
    this.supervisor = new SupervisorActor({
      clock,
      lost: () => {},
      failed: (error) => rig.failures.push(error),
    })
    this.program = this.#createProgram(rig, random)
  }

  async start(): Promise<void> {
    try {
      await this.program.create()
    } catch (error) {
      if (this.alive) throw error
    }
    if (this.alive) this.#courier.look()
  }

  async stop(): Promise<void> {
    await this.supervisor.stop()
    await this.program.stoodStill()
    await this.#checkpoints.flush()
    await this.#courier.stop()
    await this.#pool.stop()
    await this.#store.close()
  }

  #createProgram(rig: EngineRig, random: Random): ProgramMapping {
    const life = new EngineLife()
    life.start()
    const factory = {
      create: async () => {
        await this.mapping.prepare()
        if (!this.alive) throw new Error('the process is gone')
        return this.mapping
      },
      load: async () => {
        await this.#pool.load()
      },
      terms: (settings: MappingSettings) => ({
        settings,
        pool: this.#pool,
        functionArn: FUNCTION_ARN,
      }),
    }
    const { supervisor, clock } = this
    const parts = {
      supervisor,
      factory,
      life,
      clock,
      random,
      objection: () => undefined,
      failed: () => {},
      arrived: () => {},
    }
    const wanted = { request: {}, settings: rig.settings }
    return new ProgramMapping(RIG_MAPPING, wanted, { tags: {} }, parts)
  }

  #mapped(rig: EngineRig, source: MemorySource): MappedStream {
    const isRemote = rig.options.pace === 'remote'
    return {
      source: rig.ports.source(rig.options.readable?.(source) ?? source, this),
      format: 'dynamodb-json',
      region: 'us-east-1',
      emptyReadsAtTip: isRemote ? 3 : 1,
      ...(isRemote ? {} : { latest: (shard) => rig.ports.latest(shard) }),
    }
  }

  #createPool(rig: EngineRig, random: Random): LanePool {
    const { clock, slab } = this
    const timeoutSeconds = rig.options.timeoutSeconds ?? 3
    const identity = {
      functionName: 'on-order',
      functionArn: FUNCTION_ARN,
      version: '$LATEST',
      logStreamName: '2026/01/02/[$LATEST]0',
    }
    const handler = (event: unknown, context: unknown) => this.#handle(rig, event, context)
    const settings = { type: 'inline', handler, timeoutSeconds } as const
    const runtime = this.#throttled(createInlineRuntime(settings, identity, clock), rig)
    const timeoutMs = timeoutSeconds * 1000
    const threads = new InlineThreads({ runtime, timeoutMs, clock, random })
    const failed = (error: unknown) => rig.failures.push(error)
    return new LanePool({ slab, clock, threads, timeoutSeconds, processors: 1, failed })
  }

  #throttled(runtime: FunctionRuntime, rig: EngineRig): FunctionRuntime {
    return {
      concurrencyMax: runtime.concurrencyMax,
      load: () => runtime.load(),
      invoke: (invocation, ended) => {
        if (!this.alive) return
        const reason = rig.options.throttle?.()
        if (reason !== undefined) return ended({ type: 'not-run', reason })
        const { Records: records } = invocation.event as { Records: EventRecord[] }
        const { requestId } = invocation
        // A final call of a window has no records: the history speaks of these alone.
        const counts = records.length > 0
        if (counts) rig.note({ type: 'invoked', requestId, records: records.map(numberOf) })
        // The handler may spoil its event: what it was given is kept apart.
        const given = structuredClone(records)
        runtime.invoke(invocation, (answer) => {
          if (!this.alive) return
          if (counts) rig.note({ type: 'answered', requestId, answer: judge(answer, given, rig) })
          ended(answer)
        })
      },
    }
  }

  #handle(rig: EngineRig, event: unknown, context: unknown): unknown {
    const { Records: records } = event as { Records: EventRecord[] }
    const { awsRequestId: requestId } = context as { awsRequestId: string }
    const numbers = records.map(numberOf)
    const call = { numbers, records, requestId, at: rig.clock.now(), context, event }
    rig.calls.push(call)
    rig.ports.enterFunction(this)
    return this.alive ? rig.options.handler?.(call) : new Promise(() => {})
  }

  #createCourier(rig: EngineRig, random: Random): OutboxCourier {
    const store = this.#store
    const destination = createMemoryDestination(() => rig.ports.enterDestination(this))
    return new OutboxCourier({
      store,
      clock: this.clock,
      random,
      open: async () => ({
        deliver: async (failed, id) => {
          await destination.deliver(failed, id)
          rig.delivered.push({ id, failed })
        },
        close: () => destination.close(),
      }),
      oldest: () => store.outbox(1)[0],
      removed: () => {},
      failed: () => {},
    })
  }
}

function judge(answer: Answer, records: readonly EventRecord[], rig: EngineRig) {
  if (answer.type !== 'returned') return { type: 'failed' } as const
  const { functionResponseTypes, tumblingWindowInSeconds } = rig.settings
  const hasState = answer.state !== undefined
  if (tumblingWindowInSeconds > 0 && !hasState) return { type: 'failed' } as const
  const partial = functionResponseTypes.length > 0
  return historyAnswer(answer.value, records, partial)
}
