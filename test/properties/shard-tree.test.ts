import fc from 'fast-check'
import t from 'tap'
import type { ShardId } from '../../lib/core/ids.ts'
import type { EngineRig } from '../support/engine-rig.ts'
import { holds } from '../support/property.ts'
import { seededFraction } from '../support/seeded-random.ts'
import { RigServer } from '../support/server-rig.ts'

const step = fc.record({
  what: fc.constantFrom(
    ...(['put', 'put', 'put', 'rotate', 'split', 'early', 'hours', 'advance'] as const),
    ...(['vanish', 'fault', 'expire', 'stop', 'crash'] as const),
  ),
  /** Which of the open shards it is about, and which of the faults. */
  which: fc.nat(9),
  count: fc.integer({ min: 1, max: 6 }),
})
const scenario = fc.record({
  seed: fc.nat(),
  factor: fc.integer({ min: 1, max: 4 }),
  failing: fc.constantFrom(0, 0.3),
  latest: fc.boolean(),
  /**
   * `late`: the server knows ShardFilter, and children show up in it after some looks. `flawed`: calls that list shards
   * fail, and ShardFilter is known or not; then what is listed is all there is.
   */
  lists: fc.constantFrom('late', 'flawed', 'unfiltered'),
  looksOpen: fc.boolean(),
  listPageLength: fc.constantFrom(1, 2, 100),
  steps: fc.array(step, { minLength: 1, maxLength: 30 }),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never
type Step = Scenario['steps'][number]

const FAULTS = [
  ['DescribeStream', { type: 'error', status: 400, code: 'LimitExceededException' }],
  ['DescribeStream', { type: 'error', status: 500, code: 'InternalServerError' }],
  ['GetRecords', { type: 'error', status: 400, code: 'ExpiredIteratorException' }],
  ['GetRecords', { type: 'drop' }],
  ['GetShardIterator', { type: 'error', status: 500, code: 'InternalServerError' }],
] as const

/** A stream whose shards rotate and split while records are put and the engine that reads it stops and crashes. */
class Tree {
  readonly rig: EngineRig
  readonly #server: RigServer
  readonly #scenario: Scenario
  #open: ShardId[]
  /** Children that are listed though their parent is still open. */
  readonly #early = new Map<ShardId, ShardId>()

  constructor(given: Scenario) {
    this.#scenario = given
    const chance = seededFraction(given.seed)
    this.#server = new RigServer({
      seed: given.seed,
      settings: {
        parallelizationFactor: given.factor,
        batchSize: 3,
        startingPosition: given.latest ? 'LATEST' : 'TRIM_HORIZON',
      },
      backoff: { baseMs: 100, maximumMs: 1000 },
      handler: async () => {
        await this.rig.clock.after(Math.floor(chance() * 50))
        if (chance() < given.failing) throw new Error('by chance')
      },
    })
    this.rig = this.#server.rig
    const { script: server } = this.#server
    server.knowsShardFilter = given.lists !== 'unfiltered'
    server.listPageLength = given.listPageLength
    server.recordsPerPage = 4
    this.#open = [this.#server.open()]
  }

  async take({ what, which, count }: Step): Promise<void> {
    const { rig } = this
    const shardId = this.#open[which % this.#open.length]!
    switch (what) {
      case 'put':
        this.#server.put(
          Array.from({ length: count }, (_, i) => `${shardId}/${i % 3}`),
          shardId,
        )
        return
      case 'rotate':
      case 'split':
        return this.#close(shardId, what === 'split' ? 2 : 1, count)
      case 'early':
        if (!this.#early.has(shardId)) this.#early.set(shardId, this.#server.open(shardId))
        return
      case 'hours':
        return this.#server.passHours(count)
      case 'advance':
        return rig.clock.advance(count * 100)
      case 'vanish':
        return this.#vanish()
      case 'fault':
        return this.#inject(which)
      case 'expire':
        return this.#server.script.expireIterators()
      case 'stop':
        await rig.stop()
        return this.#restart()
      case 'crash':
        rig.crash()
        return this.#restart()
    }
  }

  /** Nothing is listed early any more: a child waits for as long as its parent is open. */
  ripen(): void {
    for (const shardId of [...this.#open]) if (this.#early.has(shardId)) this.#close(shardId, 1, 1)
  }

  /** An engine does not start over a server that refuses it. */
  #restart(): Promise<void> {
    this.#server.script.forgetFaults()
    return this.rig.start()
  }

  #inject(which: number): void {
    const [operation, fault] = FAULTS[which % FAULTS.length]!
    if (this.#scenario.lists === 'late' && operation === 'DescribeStream') return
    this.#server.script.inject(operation, fault)
  }

  /** Its children show up in the list after so many looks. */
  #close(shardId: ShardId, children: 1 | 2, unlisted: number): void {
    const early = this.#early.get(shardId)
    const opened = this.#server.close(shardId, early ? children - 1 : children)
    // Of children that do not show up together, those that come first are taken for all.
    if (this.#scenario.lists === 'late' && !early)
      for (const child of opened) this.#server.shard(child).unlisted = unlisted - 1
    this.#list(shardId)
    this.#server.shard(shardId).looksOpen = this.#scenario.looksOpen
    const others = this.#open.filter((each) => each !== shardId)
    this.#open = [...others, ...opened, ...(early ? [early] : [])]
  }

  /**
   * Shows a shard and its siblings: a child that is listed while its parent is not yet would be taken for one whose
   * parent is gone.
   */
  #list(shardId: ShardId): void {
    const { shards } = this.#server.script
    const shard = shards.find((each) => each.shardId === shardId)!
    for (const each of shards) if (each.parentShardId === shard.parentShardId) each.unlisted = 0
  }

  /** Shards that were read go from the list, as after 24 hours: their children are long there. */
  #vanish(): void {
    const { script: server } = this.#server
    const { backing } = this.rig
    const finished = new Set(
      [...backing.shards.values()].flatMap(({ address, state }) =>
        state.finished ? [address.shardId as string] : [],
      ),
    )
    for (const { parentShardId, unlisted = 0 } of server.shards)
      if (unlisted > 0) finished.delete(parentShardId ?? '')
    server.shards = server.shards.filter(({ shardId }) => !finished.has(shardId))
  }
}

t.test(
  '§6.5: rotations, splits, late lists, faults and restarts: each record of each key once settled, in order',
  async (t) => {
    const property = fc.asyncProperty(scenario, async (given) => {
      const tree = new Tree(given)
      const { rig } = tree
      await rig.start()
      for (const step of given.steps) await tree.take(step)
      tree.ripen()
      await rig.drain()
      const violations = rig.violations()
      const { inFlight, polled } = rig.ledger()
      await rig.stop()
      const put = rig.history.flatMap((event) => (event.type === 'put' ? event.records : []))
      if (violations.length > 0) throw new Error(violations.join('\n'))
      if (inFlight !== 0) throw new Error(`${inFlight} in flight`)
      if (polled !== put.length) throw new Error(`${polled} polled of ${put.length}`)
    })
    await holds(t, property, { runs: 150 })
  },
)
