import t from 'tap'
import { EngineRig, type RigCall } from '../support/engine-rig.ts'
import type { PortName } from '../support/rig-ports.ts'

type Fault = 'fail' | 'crash' | 'crash-after'

/** A run that meets most of the rules: splits, retries, partial successes, a discard, two shards, a child, a window. */
class FaultyRun {
  readonly rig: EngineRig

  constructor(fault?: { readonly port: PortName; readonly number: number; readonly kind: Fault }) {
    this.rig = new EngineRig({
      shards: ['shard-1', 'shard-2'],
      settings: {
        parallelizationFactor: 2,
        batchSize: 4,
        maximumRetryAttempts: 2,
        maximumBatchingWindowInSeconds: 1,
        bisectBatchOnFunctionError: true,
        functionResponseTypes: ['ReportBatchItemFailures'],
        onFailureDestination: 'arn:aws:sqs:us-east-1:000000000000:failed',
      },
      handler: (call) => this.#handle(call),
      beforeCall: (port, number) =>
        fault?.port === port && fault.number === number ? fault.kind : undefined,
    })
  }

  /** @returns the violations. */
  async play(): Promise<readonly string[]> {
    const { rig } = this
    rig.put(['a', 'b', 'a', 'c', 'b', 'a', 'd'])
    await this.#live()
    rig.put(['e', 'f', 'e', 'e'], 'shard-2')
    await rig.clock.advance(300)
    await this.#live()
    rig.split('shard-1', ['shard-3'])
    rig.put(['a', 'g'], 'shard-3')
    await this.#drain()
    await rig.stop()
    rig.put(['a'], 'shard-3')
    await this.#drain()
    const violations = rig.violations()
    await rig.stop()
    return violations
  }

  async #live(): Promise<void> {
    while (!this.rig.isRunning) await this.rig.start()
  }

  async #drain(): Promise<void> {
    do {
      await this.#live()
      // What follows may be the fault that ends the process.
      this.rig.mapping.pollNow()
      await this.rig.clock.advance(1000)
    } while (!this.rig.isCaughtUp)
  }

  async #handle({ numbers, records }: RigCall): Promise<unknown> {
    await this.rig.clock.after(5)
    if (numbers.includes(6)) throw new Error('record 6')
    const index = numbers.indexOf(9)
    if (index > 0 || (index === 0 && this.rig.clock.now() % 2 === 0))
      return { batchItemFailures: [{ itemIdentifier: records[index]!.dynamodb.SequenceNumber }] }
    return { batchItemFailures: [] }
  }
}

const KINDS: Readonly<Record<PortName, readonly Fault[]>> = {
  save: ['fail', 'crash', 'crash-after'],
  read: ['fail', 'crash'],
  function: ['fail', 'crash'],
  destination: ['fail', 'crash'],
}

t.test('without a fault', async (t) => {
  const run = new FaultyRun()
  t.same(await run.play(), [])
  const { polled, delivered, sent } = run.rig.backing.outbox.size === 0 ? sums(run.rig) : {}
  t.same({ polled, delivered, sent }, { polled: 14, delivered: 13, sent: 1 })
})

for (const port of Object.keys(KINDS) as PortName[]) {
  t.test(`a fault in the n-th call of ${port}, for each n`, async (t) => {
    t.setTimeout(120_000)
    const plain = new FaultyRun()
    await plain.play()
    const count = plain.rig.ports.counts[port]
    t.ok(count > 0)
    for (let number = 1; number <= count; number++) {
      for (const kind of KINDS[port]) {
        const run = new FaultyRun({ port, number, kind })
        const what = `${kind} in call ${number} of ${count}`
        t.same(await run.play(), [], what)
        t.equal(run.rig.backing.failed.size >= 1, true, `record 6 was given up, ${what}`)
        t.equal(run.rig.delivered.length >= run.rig.backing.failed.size, true, `and sent, ${what}`)
      }
    }
  })
}

function sums(rig: EngineRig): Record<string, number> {
  const sum: Record<string, number> = { delivered: 0, sent: 0 }
  for (const { state } of rig.backing.shards.values()) {
    sum['delivered']! += state.counts.delivered
    sum['sent']! += state.counts.sent
  }
  return { ...sum, polled: sum['delivered']! + sum['sent']! }
}
