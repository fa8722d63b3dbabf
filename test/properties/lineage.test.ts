import fc from 'fast-check'
import t from 'tap'
import { EngineRig } from '../support/engine-rig.ts'
import { holds } from '../support/property.ts'
import { seededFraction } from '../support/seeded-random.ts'

const step = fc.record({
  what: fc.constantFrom('put', 'put', 'split', 'split', 'advance', 'stop', 'crash'),
  /** Which of the open shards it is about. */
  which: fc.nat(9),
  count: fc.integer({ min: 1, max: 6 }),
})
const scenario = fc.record({
  seed: fc.nat(),
  factor: fc.integer({ min: 1, max: 4 }),
  failing: fc.constantFrom(0, 0.3),
  remote: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 25 }),
})

/** Shards that are split again and again, also before they were read, while the engine runs or not. */
async function play({
  seed,
  factor,
  failing,
  remote,
  steps,
}: typeof scenario extends fc.Arbitrary<infer Value> ? Value : never): Promise<EngineRig> {
  const chance = seededFraction(seed)
  const rig: EngineRig = new EngineRig({
    seed,
    pace: remote ? 'remote' : 'notified',
    settings: { parallelizationFactor: factor, batchSize: 3 },
    backoff: { baseMs: 100, maximumMs: 1000 },
    handler: async () => {
      await rig.clock.after(Math.floor(chance() * 50))
      if (chance() < failing) throw new Error('by chance')
    },
  })
  let open = ['shard-1']
  let shards = 1
  await rig.start()
  for (const { what, which, count } of steps) {
    const shard = open[which % open.length]!
    if (what === 'put')
      rig.put(
        Array.from({ length: count }, (_, i) => `${shard}/${i % 3}`),
        shard,
      )
    else if (what === 'split') {
      // One child is a shard that rolled over.
      const children = Array.from({ length: 1 + (count % 2) }, () => `shard-${++shards}`)
      rig.split(shard, children)
      open = [...open.filter((each) => each !== shard), ...children]
    } else if (what === 'advance') await rig.clock.advance(count * 40)
    else {
      if (what === 'stop') await rig.stop()
      else rig.crash()
      await rig.start()
    }
  }
  return rig
}

t.test(
  'I5: whatever splits and whenever it restarts, no child before its parent, all is read',
  async (t) => {
    const property = fc.asyncProperty(scenario, async (given) => {
      const rig = await play(given)
      await rig.drain()
      const violations = rig.violations()
      const { inFlight } = rig.ledger()
      await rig.stop()
      const finished = [...rig.backing.shards.values()].filter(({ state }) => state.finished).length
      const closed = new Set(
        rig.history.flatMap((event) =>
          event.type === 'shard-added' && event.parent ? [event.parent] : [],
        ),
      ).size
      if (violations.length > 0) throw new Error(violations.join('\n'))
      if (inFlight !== 0) throw new Error(`${inFlight} in flight`)
      if (finished !== closed)
        throw new Error(`${finished} of ${closed} closed shards were finished`)
    })
    await holds(t, property, { runs: 60 })
  },
)
