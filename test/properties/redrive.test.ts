import fc from 'fast-check'
import t from 'tap'
import type { LedgerCounts } from '../../lib/core/ledger/ledger.ts'
import { holds } from '../support/property.ts'
import { RedriveWorld } from '../support/redrive-world.ts'
import { seededFraction } from '../support/seeded-random.ts'

const arbitraryStory = fc.record({
  seed: fc.nat(),
  keys: fc.integer({ min: 1, max: 9 }),
  shards: fc.integer({ min: 1, max: 3 }),
  records: fc.integer({ min: 1, max: 60 }),
  batchMax: fc.integer({ min: 1, max: 6 }),
  slowMs: fc.constantFrom(0, 10, 300),
  rounds: fc.array(
    fc.record({
      /** Chance of a batch to be selected. */
      share: fc.constantFrom(0.3, 0.8, 1),
      factor: fc.integer({ min: 1, max: 10 }),
      batchSize: fc.integer({ min: 1, max: 8 }),
      retries: fc.integer({ min: 0, max: 2 }),
      bisect: fc.boolean(),
      /** Every record whose number is a multiple of this fails always; 0 = none. */
      poisonEvery: fc.constantFrom(0, 3, 7),
      failing: fc.constantFrom(0, 0.3),
      crashes: fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
})
type Story = typeof arbitraryStory extends fc.Arbitrary<infer Value> ? Value : never

/** Batches of random lanes: consecutive records of some keys of one shard, with gaps. */
function batchesOf({ records, keys, shards, batchMax }: Story, chance: () => number): number[][] {
  const lanes = new Map<string, number[]>()
  const laneOfKey = Array.from({ length: keys }, () => Math.floor(chance() * 3))
  const batches: number[][] = []
  for (let number = 1; number <= records; number++) {
    const key = number % keys
    const place = `${key % shards}/${laneOfKey[key]}`
    const batch = lanes.get(place) ?? []
    if (chance() < 0.8) batch.push(number)
    if (batch.length > 0 && chance() < 1 / batchMax) {
      batches.push(batch)
      lanes.delete(place)
    } else lanes.set(place, batch)
  }
  return [...batches, ...lanes.values()].filter((batch) => batch.length > 0)
}

const flat = (batches: Iterable<readonly number[]>): number[] =>
  [...batches].flat().sort((a, b) => a - b)

type Round = Story['rounds'][number]

async function play(story: Story): Promise<void> {
  const chance = seededFraction(story.seed)
  const world = new RedriveWorld(story.seed, story.keys)
  world.slowMs = story.slowMs
  await world.giveUp(batchesOf(story, chance), story.shards)
  for (const round of story.rounds) await playRound(world, round, chance)
}

async function playRound(world: RedriveWorld, round: Round, chance: () => number): Promise<void> {
  const before = world.kept()
  const ids = [...before.keys()].filter(() => chance() < round.share)
  const isPoison = (number: number) => round.poisonEvery > 0 && number % round.poisonEvery === 0
  world.fails = (numbers) => numbers.some(isPoison) || chance() < round.failing
  const [begun, done] = [world.begun.length, world.delivered.length]
  const settings = {
    parallelizationFactor: round.factor,
    batchSize: round.batchSize,
    maximumRetryAttempts: round.retries,
    bisectBatchOnFunctionError: round.bisect,
  }
  const { counts } = await world.redrive(ids, settings, round.crashes)
  const sent = flat(world.begun.slice(begun))
  const delivered = world.delivered.slice(done).flat()
  const kept = world.kept()
  const found = [
    ...world.broken.map((error) => `broken: ${error}`),
    ...wrongRecords({ before, ids, kept, sent, delivered }),
    ...wrongCounts({ before, ids, kept }, counts),
    ...wrongOrder(delivered, world),
  ]
  if (found.length === 0) return
  const facts = `sent ${sent}; delivered ${delivered}; kept ${flat(kept.values())}`
  throw new Error([...found, facts].join('\n'))
}

type Batches = ReadonlyMap<string, readonly number[]>
type Selection = {
  readonly before: Batches
  readonly ids: readonly string[]
  readonly kept: Batches
}

const selectedOf = ({ before, ids }: Selection): ReadonlySet<number> =>
  new Set(ids.flatMap((id) => before.get(id) ?? []))

function wrongRecords(
  round: Selection & { readonly sent: readonly number[]; readonly delivered: readonly number[] },
): readonly string[] {
  const { before, ids, kept, sent, delivered } = round
  const selected = selectedOf(round)
  const left = flat(kept.values())
  const gone = flat(before.values()).filter((number) => !left.includes(number))
  const untouched = [...before].filter(([id]) => !ids.includes(id))
  return [
    ...sent.filter((n) => !selected.has(n)).map((n) => `${n} was sent and not selected`),
    ...left.filter((n, i) => left.indexOf(n) !== i).map((n) => `${n} is kept twice`),
    ...gone.filter((n) => !delivered.includes(n)).map((n) => `${n} left undelivered`),
    ...untouched
      .filter(([id, numbers]) => kept.get(id)?.join() !== numbers.join())
      .map(([id]) => `${id} was touched`),
  ]
}

/** D25: the ledger of the redrive itself. */
function wrongCounts(round: Selection, { delivered, dropped }: LedgerCounts): readonly string[] {
  const selected = selectedOf(round)
  const again = flat(round.kept.values()).filter((number) => selected.has(number)).length
  return delivered + dropped === selected.size && dropped === again
    ? []
    : [`${delivered} delivered, ${dropped} given up of ${selected.size}; ${again} are kept`]
}

/** The first delivery of each record comes in the order of its key. */
function wrongOrder(delivered: readonly number[], world: RedriveWorld): readonly string[] {
  const last = new Map<number, number>()
  const wrong: string[] = []
  for (const number of new Set(delivered)) {
    const key = world.keyOf(number)
    const before = last.get(key) ?? 0
    if (before > number) wrong.push(`${number} came after ${before} of its key`)
    last.set(key, number)
  }
  return wrong
}

t.test('redrives of any selection, through crashes: none lost, none twice, in order', async (t) => {
  await holds(t, fc.asyncProperty(arbitraryStory, play), { runs: 60, perFile: 2 })
})
