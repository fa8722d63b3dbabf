import { ListTagsCommand } from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { MappingDaemon, putNumbers } from '../support/mapping-daemon.ts'
import { millrace } from '../support/millrace-process.ts'

/** All that the API tells of mappings. */
async function factsOf({ client, list }: Pick<MappingDaemon, 'client' | 'list'>) {
  const { EventSourceMappings } = await list()
  const tags = EventSourceMappings!.map(async ({ EventSourceMappingArn: Resource }) => {
    const { Tags } = await client.send(new ListTagsCommand({ Resource }))
    return Tags
  })
  return { mappings: EventSourceMappings, tags: await Promise.all(tags) }
}

const facts = (rig: MappingDaemon) =>
  factsOf({ client: rig.client, list: (input) => rig.list(input) })

/** Waits until the checkpoint says that so many were delivered: a kill may come at any moment then. */
function awaitCheckpoint(directory: string, delivered: number): void {
  for (;;) {
    const { stdout } = millrace(['status', '--json'], directory)
    const { mappings } = JSON.parse(stdout) as {
      readonly mappings: readonly { readonly ledger: { readonly delivered: number } }[]
    }
    if (mappings.some(({ ledger }) => ledger.delivered === delivered)) return
  }
}

async function endOf(t: Test, rig: MappingDaemon, end: 'stop' | 'kill'): Promise<void> {
  if (end === 'stop') t.equal((await rig.daemon.stop()).status, 0)
  else await rig.daemon.kill()
}

for (const end of ['stop', 'kill'] as const)
  t.test(`mappings are there again after a ${end}: settings, tags, state, position`, async (t) => {
    const first = await MappingDaemon.start(t)
    const { directory } = first
    await first.daemon.stop()
    putNumbers(directory, [1, 2, 3])
    const second = await MappingDaemon.start(t, directory)
    const { UUID } = await second.create({
      BatchSize: 2,
      Tags: { team: 'a', empty: '' },
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } },
    })
    const disabled = await second.create({ FunctionName: 'second', Enabled: false })
    const gone = await second.create({ EventSourceArn: second.otherArn })
    await second.hasSeen(3)
    awaitCheckpoint(directory, 3)
    await second.update(UUID, { MaximumRetryAttempts: 5, ParallelizationFactor: 3 })
    await second.still(UUID)
    await second.delete(gone.UUID)
    await t.rejects(
      second.until(gone.UUID, () => false),
      { name: 'ResourceNotFoundException' },
      'gone at last',
    )
    const before = await facts(second)
    t.equal(before.mappings?.length, 2)
    await endOf(t, second, end)
    putNumbers(directory, [4, 5])

    const third = await MappingDaemon.start(t, directory)
    t.same(await facts(third), before)
    t.match(await third.get(disabled.UUID), { State: 'Disabled' })
    t.match(await third.get(UUID), { LastProcessingResult: 'OK', MaximumRetryAttempts: 5 })
    await third.hasSeen(5)
    t.same(third.seen().toSorted(), ['1', '2', '3', '4', '5'], 'from where it was')
    t.same(third.seen('second'), [], 'one that is disabled stays so')
    await third.update(disabled.UUID, { Enabled: true })
    await third.hasSeen(5, 'second')
    const shown = millrace(['status', String(UUID)], directory).stdout
    t.match(shown, /told/, 'the command knows it too')
    t.equal((await third.daemon.stop()).status, 0)
  })
