import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { millrace } from '../support/millrace-process.ts'

const CONFIGURATION = {
  Streams: { orders: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] } },
  Functions: { told: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' } },
}
const HANDLER = 'export const handler = async (event) => console.log(event.Records.length)\n'

t.test('an SDK client makes a mapping, which delivers; gets, lists and deletes it', async (t) => {
  const directory = t.testdir()
  const daemon = await RunningDaemon.start(directory, {
    configuration: CONFIGURATION,
    files: { 'told.mjs': HANDLER },
  })
  t.teardown(() => daemon.kill())
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const client = new LambdaClient({ endpoint: daemon.url, region: 'us-east-1', credentials })
  const created = await client.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: streamArnIn(directory),
      FunctionName: 'told',
      StartingPosition: 'TRIM_HORIZON',
    }),
  )
  t.match(created, { State: 'Creating', BatchSize: 100, $metadata: { httpStatusCode: 202 } })
  const { UUID } = created
  const got = await client.send(new GetEventSourceMappingCommand({ UUID }))
  t.match(got, { UUID, State: 'Enabled', FunctionArn: /:function:told$/ })
  const { EventSourceMappings } = await client.send(new ListEventSourceMappingsCommand({}))
  t.equal(EventSourceMappings?.length, 1)
  const deleted = await client.send(new DeleteEventSourceMappingCommand({ UUID }))
  t.equal(deleted.State, 'Deleting')
  await t.rejects(client.send(new GetEventSourceMappingCommand({ UUID: 'x'.repeat(36) })), {
    name: 'ResourceNotFoundException',
    message: 'The resource you requested does not exist.',
  })
  t.equal((await daemon.stop()).status, 0)
})

function streamArnIn(directory: string): string {
  const { stdout } = millrace(['stream', 'list', '--json'], directory)
  return JSON.parse(stdout).streams[0].streamArn
}
