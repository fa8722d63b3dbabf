import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import t from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient, ROLE } from '../support/lambda-client.ts'
import { zipOfFiles } from '../support/zip-file.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function'
const ECHO = 'export const handler = async (event) => ({ event, by: process.env.BY })\n'

t.test('a function from a zip: made, got, listed, called, changed, deleted', async (t) => {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  const zip = zipOfFiles({ 'index.mjs': ECHO })
  const created = await client.send(
    new CreateFunctionCommand(
      functionOf('echo', ECHO, {
        Environment: { Variables: { BY: 'one' } },
        Description: 'says it again',
        Tags: { team: 'a' },
      }),
    ),
  )
  t.match(created, {
    $metadata: { httpStatusCode: 201 },
    FunctionName: 'echo',
    FunctionArn: `${ARN}:echo`,
    Runtime: 'nodejs20.x',
    Role: ROLE,
    Handler: 'index.handler',
    CodeSize: zip.length,
    Description: 'says it again',
    Timeout: 3,
    MemorySize: 128,
    Version: '$LATEST',
    Environment: { Variables: { BY: 'one' } },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
  })
  const got = await client.send(new GetFunctionCommand({ FunctionName: `${ARN}:echo` }))
  t.match(got.Configuration, { RevisionId: created.RevisionId, CodeSha256: created.CodeSha256 })
  t.same(got.Tags, { team: 'a' })
  const { Functions } = await client.send(new ListFunctionsCommand({}))
  t.match(Functions, [{ FunctionName: 'echo' }])
  const answer = await client.send(
    new InvokeCommand({ FunctionName: 'echo', Payload: Buffer.from('{"a":1}') }),
  )
  t.match(answer, { StatusCode: 200, ExecutedVersion: '$LATEST', FunctionError: undefined })
  t.same(JSON.parse(answer.Payload!.transformToString()), { event: { a: 1 }, by: 'one' })

  const changed = await client.send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: 'echo',
      Environment: { Variables: { BY: 'two' } },
      Timeout: 7,
    }),
  )
  t.match(changed, { Timeout: 7, Description: 'says it again', CodeSha256: created.CodeSha256 })
  t.not(changed.RevisionId, created.RevisionId)
  const dry = await client.send(
    new UpdateFunctionCodeCommand({
      FunctionName: 'echo',
      ZipFile: zipOfFiles({ 'index.mjs': 'export const handler = () => 1' }),
      DryRun: true,
    }),
  )
  t.not(dry.CodeSha256, created.CodeSha256)
  const again = await client.send(new InvokeCommand({ FunctionName: 'echo' }))
  t.same(JSON.parse(again.Payload!.transformToString()), { event: {}, by: 'two' })

  await client.send(
    new UpdateFunctionCodeCommand({
      FunctionName: 'echo',
      ZipFile: zipOfFiles({ 'index.mjs': 'export const handler = async () => "new"' }),
    }),
  )
  const renewed = await client.send(new InvokeCommand({ FunctionName: 'echo' }))
  t.equal(renewed.Payload!.transformToString(), '"new"')
  const deleted = await client.send(new DeleteFunctionCommand({ FunctionName: 'echo' }))
  t.equal(deleted.$metadata.httpStatusCode, 204)
  await t.rejects(client.send(new GetFunctionConfigurationCommand({ FunctionName: 'echo' })), {
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ARN}:echo`,
    $metadata: { httpStatusCode: 404 },
  })
  t.equal((await daemon.stop()).status, 0)
})
