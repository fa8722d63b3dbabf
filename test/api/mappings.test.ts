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

t.test('D36: a file: destination is refused, in a new mapping and in a change', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir(), {
    configuration: CONFIGURATION,
    files: { 'told.mjs': HANDLER },
  })
  t.teardown(() => daemon.kill())
  const body = JSON.stringify({
    EventSourceArn: 'orders',
    FunctionName: 'told',
    StartingPosition: 'LATEST',
    DestinationConfig: { OnFailure: { Destination: 'file:/etc/x' } },
  })
  const path = '/2015-03-31/event-source-mappings'
  for (const [method, url] of [
    ['POST', path],
    ['PUT', `${path}/5b1c0a0e-0f5e-4e6a-9a51-1d5a6a1f00aa`],
  ] as const) {
    const answer = await daemon.request(url, { method, body })
    t.equal(answer.status, 400)
    t.equal(answer.headers.get('x-amzn-errortype'), 'InvalidParameterValueException')
    t.match(await answer.json(), { message: /legal in the configuration only/ })
  }
})

t.test('who names another server, or comes from another site, is refused', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  for (const [headers, status] of [
    [{ origin: 'http://example.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{}, 200],
  ] as const)
    t.equal((await daemon.request('/livez', { headers })).status, status)
})
