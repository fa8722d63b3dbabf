import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { millrace } from '../support/millrace-process.ts'

const CODE = 'export const handler = async () => {}\n'
const CONFIGURATION = {
  Streams: { orders: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] } },
}

t.test('a mapping whose function is gone is named, until it is back', async (t) => {
  const directory = t.testdir()
  const daemon = await RunningDaemon.start(directory, { configuration: CONFIGURATION })
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  const { stdout } = millrace(['stream', 'list', '--json'], directory)
  const { streamArn } = JSON.parse(stdout).streams[0]
  const ready = async () => {
    const answer = await daemon.request('/readyz')
    const body = (await answer.json()) as { readonly reasons: readonly string[] }
    return { status: answer.status, body }
  }
  t.same(await ready(), { status: 200, body: { status: 'ready' } })
  await client.send(new CreateFunctionCommand(functionOf('fn', CODE)))
  const { UUID } = await client.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: streamArn,
      FunctionName: 'fn',
      StartingPosition: 'TRIM_HORIZON',
    }),
  )
  t.equal((await ready()).status, 200)
  await client.send(new DeleteFunctionCommand({ FunctionName: 'fn' }))
  await daemon.logs('"msg":"mapping-failed"')
  const unready = await ready()
  t.equal(unready.status, 503)
  t.match(unready.body, { status: 'not ready', reasons: [/no function fn/] })
  t.match(unready.body.reasons[0], UUID)
  t.match(await (await daemon.request('/metrics')).text(), /^millrace_ready 0$/m)
  t.equal((await daemon.request('/livez')).status, 200)
  const changes = () => daemon.log().filter(({ msg }) => msg === 'mapping-changed').length
  const before = changes()
  await client.send(new CreateFunctionCommand(functionOf('fn', CODE)))
  await daemon.logs(new RegExp(`("msg":"mapping-changed"[^]*){${before + 1}}`))
  t.same(await ready(), { status: 200, body: { status: 'ready' } })
  t.equal((await daemon.stop()).status, 0)
})
