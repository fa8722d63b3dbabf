import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { CreateFunctionCommand, DeleteFunctionCommand } from '@aws-sdk/client-lambda'
import t from 'tap'
import { functionOf } from '../support/lambda-client.ts'
import {
  MAPPING_CONFIGURATION,
  MappingDaemon,
  putNumbers,
  tellingCode,
} from '../support/mapping-daemon.ts'

t.test(
  'a function that is gone at the start: the mapping says so, and goes on later',
  async (t) => {
    const first = await MappingDaemon.start(t)
    const { directory } = first
    const made = functionOf('made', tellingCode(directory))
    await first.client.send(new CreateFunctionCommand(made))
    const { UUID } = await first.create({ FunctionName: 'made' })
    await first.client.send(new DeleteFunctionCommand({ FunctionName: 'made' }))
    t.equal((await first.daemon.stop()).status, 0)
    putNumbers(directory, [1, 2])
    const second = await MappingDaemon.start(t, directory)
    const lost = await second.until(UUID, ({ LastProcessingResult: text }) =>
      Boolean(text?.startsWith('PROBLEM')),
    )
    t.match(lost, { State: 'Enabled', LastProcessingResult: /^PROBLEM: no function made/ })
    t.equal(lost.StateTransitionReason, 'User action')
    await second.client.send(new CreateFunctionCommand(made))
    await second.hasSeen(2, 'made')
    t.match(await second.until(UUID, ({ LastProcessingResult: text }) => text === 'OK'), {
      State: 'Enabled',
    })
  },
)

t.test('a stream that is gone at the start: the mapping says so, and goes on later', async (t) => {
  const Sources = { DynamoDB: { Endpoint: 'http://127.0.0.1:1', Region: 'us-east-1' } }
  const configuration = { ...MAPPING_CONFIGURATION, Sources }
  const first = await MappingDaemon.start(t, t.testdir(), configuration)
  const { directory } = first
  const lost = await first.create({ EventSourceArn: first.otherArn })
  const other = await first.create()
  t.equal((await first.daemon.stop()).status, 0)
  putNumbers(directory, [1])
  const [place, aside] = [join(directory, '.millrace', 'streams', 'others'), join(directory, 'x')]
  renameSync(place, aside)

  const { others: _gone, ...Streams } = MAPPING_CONFIGURATION.Streams
  const second = await MappingDaemon.start(t, directory, { ...configuration, Streams })
  await second.hasSeen(1)
  t.match(await second.still(other.UUID), { State: 'Enabled' }, 'the others run')
  const told = await second.until(lost.UUID, ({ LastProcessingResult: text }) =>
    Boolean(text?.startsWith('PROBLEM')),
  )
  t.match(told, { State: 'Enabled', LastProcessingResult: /^PROBLEM: .*http:\/\/127\.0\.0\.1:1/ })
  const failures = second.daemon.log().filter(({ msg }) => msg === 'mapping-failed')
  t.equal(failures.length, 1, 'it is told once, however often it is tried')
  t.match(await second.update(lost.UUID, { Enabled: false }), { State: 'Disabling' })
  t.match(await second.still(lost.UUID), { State: 'Disabled' })
  await second.update(lost.UUID, { Enabled: true, BatchSize: 7 })
  await second.still(lost.UUID)
  t.equal((await second.daemon.stop()).status, 0)

  renameSync(aside, place)
  putNumbers(directory, [2], 'others')
  const third = await MappingDaemon.start(t, directory, configuration)
  await third.hasSeen(2)
  t.match(await third.get(lost.UUID), { State: 'Enabled', BatchSize: 7 })
})

t.test(
  'D32: a mapping of the configuration is refused with the place that it is written at',
  async (t) => {
    const Mappings = [{ Stream: 'orders', FunctionName: 'told', StartingPosition: 'LATEST' }]
    const configuration = { ...MAPPING_CONFIGURATION, Mappings }
    const rig = await MappingDaemon.start(t, t.testdir(), configuration)
    const [UUID] = await rig.uuids()
    const refused = {
      name: 'ResourceConflictException',
      message: new RegExp(
        `^The mapping ${UUID} belongs to the configuration \\(millrace\\.json:1:\\d+\\): change it there\\.$`,
      ),
      $metadata: { httpStatusCode: 409 },
    }
    await t.rejects(rig.update(UUID, { BatchSize: 1 }), refused)
    await t.rejects(rig.delete(UUID), refused)
    t.match(await rig.get(UUID), { State: 'Enabled', BatchSize: 100 })
  },
)

t.test(
  'a mapping that the configuration has come to have too does not deliver twice',
  async (t) => {
    const first = await MappingDaemon.start(t)
    const { directory } = first
    const { UUID } = await first.create()
    await first.daemon.stop()
    putNumbers(directory, [1, 2])
    const Mappings = [{ Stream: 'orders', FunctionName: 'told', StartingPosition: 'TRIM_HORIZON' }]
    const second = await MappingDaemon.start(t, directory, { ...MAPPING_CONFIGURATION, Mappings })
    const twin = await second.until(UUID, ({ LastProcessingResult: text }) =>
      Boolean(text?.startsWith('PROBLEM')),
    )
    t.match(twin.LastProcessingResult, /the configuration has a mapping of this stream/)
    await second.hasSeen(2)
    t.equal((await second.daemon.stop()).status, 0)
    t.same(second.seen().toSorted(), ['1', '2'])
  },
)
