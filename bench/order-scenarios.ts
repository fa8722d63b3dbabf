import type { Findings } from './audit/check-log.ts'
import type { FailingDrain } from './engine/failing-drain.ts'

/** Something that gets in the way of order, and how one sees that it did. */
export type OrderScenario = FailingDrain & {
  /** How the records are spread over the keys. */
  readonly skew: 'uniform' | 'zipf'
  /** What must have come about, or the scenario has shown nothing. */
  readonly expects: keyof Omit<Findings, 'first'> | 'discards'
}

/** `MaximumRetryAttempts` without end. */
const FOR_EVER = -1
const BATCH_SIZE = 100
const SMALL_BATCH_SIZE = 10
const FAILING_SHARE = 0.1
const POISON_SHARE = 0.005
/** A handler that takes long enough for something to happen while it runs. @unit ms */
const WAIT_MS = 2
/** One that surely runs when the engine is stopped. @unit ms */
const LONG_WAIT_MS = 50
/** A second each, and more where a thread is blocked: one in so many of the other silences. */
const TIMEOUTS_SHARE = 1 / 4

/** What a round is made of. */
export type OrderSize = {
  readonly records: number
  readonly seed: number
  /** How often the handlers of a scenario fall silent. */
  readonly silences: number
}

/** In the order in which they are told. */
export function orderScenarios(size: OrderSize): readonly OrderScenario[] {
  return [...loads(), ...failures(size), ...ends(size), ...changes()]
}

function loads(): readonly OrderScenario[] {
  const load = { retries: FOR_EVER, batchSize: BATCH_SIZE, expects: 'deliveries' } as const
  const zipf = { ...load, skew: 'zipf' } as const
  return [
    { ...load, name: 'uniform keys', skew: 'uniform' },
    { ...zipf, name: 'keys by Zipf’s law' },
    { ...zipf, name: 'ten lanes on one thread', threads: 1, behaviour: { waitMs: WAIT_MS } },
    {
      ...zipf,
      name: 'eight invocations in a thread',
      invocationsPerThread: 8,
      behaviour: { waitMs: WAIT_MS },
    },
  ]
}

function failures({ seed }: OrderSize): readonly OrderScenario[] {
  const poison = { share: POISON_SHARE, seed }
  const shared = { skew: 'zipf', batchSize: BATCH_SIZE } as const
  return [
    {
      ...shared,
      name: 'invocations that fail',
      retries: FOR_EVER,
      batchSize: SMALL_BATCH_SIZE,
      behaviour: { failingShare: FAILING_SHARE },
      expects: 'repeatedAfterFailure',
    },
    {
      ...shared,
      name: 'poison, whole batches given up',
      retries: 2,
      batchSize: SMALL_BATCH_SIZE,
      behaviour: { poison },
      expects: 'discards',
    },
    {
      ...shared,
      name: 'poison, bisect',
      retries: 1,
      bisect: true,
      behaviour: { poison },
      expects: 'discards',
    },
    {
      ...shared,
      name: 'poison, partial responses',
      retries: 1,
      behaviour: { poison, partial: true },
      expects: 'discards',
    },
    {
      ...shared,
      name: 'poison, bisect and partial responses',
      retries: 1,
      bisect: true,
      behaviour: { poison, partial: true },
      expects: 'discards',
    },
  ]
}

function ends({ records, silences }: OrderSize): readonly OrderScenario[] {
  // No run makes fewer invocations than its records fill batches.
  const every = (times: number) => Math.max(1, Math.floor(records / BATCH_SIZE / times))
  const timeouts = Math.max(2, silences * TIMEOUTS_SHARE)
  const shared = {
    skew: 'zipf',
    batchSize: BATCH_SIZE,
    retries: FOR_EVER,
    expects: 'repeatedAfterSilence',
  } as const
  return [
    {
      ...shared,
      name: 'threads that end',
      behaviour: { silence: { every: every(silences), ways: ['exit', 'crash'] } },
    },
    {
      ...shared,
      name: 'time that runs out',
      timeoutSeconds: 1,
      behaviour: { silence: { every: every(timeouts), ways: ['hang', 'block'] } },
    },
  ]
}

function changes(): readonly OrderScenario[] {
  const shared = {
    skew: 'zipf',
    batchSize: SMALL_BATCH_SIZE,
    retries: FOR_EVER,
    invocationsPerThread: 4,
    behaviour: { waitMs: WAIT_MS, failingShare: FAILING_SHARE },
    expects: 'repeatedAfterFailure',
  } as const
  return [
    { ...shared, name: 'the engine is stopped and started', midst: 'stop' },
    {
      ...shared,
      name: 'the engine is stopped in the midst of invocations',
      batchSize: BATCH_SIZE,
      behaviour: { waitMs: LONG_WAIT_MS, failingShare: FAILING_SHARE },
      midst: 'kill',
      expects: 'repeatedAfterSilence',
    },
    { ...shared, name: 'ParallelizationFactor 1, then 10, then 3', lanes: 1, midst: [10, 3] },
  ]
}
