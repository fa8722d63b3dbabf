import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAliasCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type LambdaClient,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { zipOfFiles } from '../support/zip-file.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:fn'
const FN = { FunctionName: 'fn' }
const WHO =
  'export const handler = async (_, { functionVersion, invokedFunctionArn }) => [functionVersion, invokedFunctionArn]\n'

async function start(t: Test, more: object = {}): Promise<LambdaClient> {
  const daemon = await RunningDaemon.start(t.testdir())
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  await client.send(new CreateFunctionCommand(functionOf('fn', WHO, more)))
  return client
}

const changed = (client: LambdaClient, Timeout: number) =>
  client.send(new UpdateFunctionConfigurationCommand({ ...FN, Timeout }))

t.test('versions: published, unchanged, listed in pages, deleted', async (t) => {
  const client = await start(t, { Publish: true })
  const first = await client.send(new PublishVersionCommand(FN))
  t.match(first, { Version: '1', FunctionArn: `${ARN}:1`, $metadata: { httpStatusCode: 201 } })
  for (let n = 2; n <= 12; n++) {
    await changed(client, n + 2)
    t.equal((await client.send(new PublishVersionCommand(FN))).Version, String(n))
  }
  const zip = zipOfFiles({ 'index.mjs': WHO })
  const published = await client.send(
    new UpdateFunctionCodeCommand({ ...FN, ZipFile: zip, Publish: true }),
  )
  t.match(published, { Version: '13', FunctionArn: `${ARN}:13` })
  const pages: string[][] = []
  let Marker: string | undefined
  do {
    const page = await client.send(
      new ListVersionsByFunctionCommand({ ...FN, Marker, MaxItems: 5 }),
    )
    pages.push(page.Versions!.map(({ Version }) => Version!))
    Marker = page.NextMarker
  } while (Marker)
  const numbers = Array.from({ length: 13 }, (_, i) => String(i + 1))
  t.same(
    pages.map(({ length }) => length),
    [5, 5, 4],
  )
  t.same(pages.flat(), ['$LATEST', ...numbers])
  const all = await client.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }))
  t.same(
    all.Functions?.map(({ FunctionArn }) => FunctionArn),
    [`${ARN}:$LATEST`, ...numbers.map((n) => `${ARN}:${n}`)],
  )
  t.equal((await client.send(new ListFunctionsCommand({}))).Functions?.length, 1)
  const old = await client.send(new GetFunctionConfigurationCommand({ ...FN, Qualifier: '2' }))
  t.match(old, { Timeout: 4, FunctionArn: `${ARN}:2`, Version: '2' })

  const deleting = (Qualifier: string) =>
    client.send(new DeleteFunctionCommand({ ...FN, Qualifier }))
  t.equal((await deleting('2')).$metadata.httpStatusCode, 204)
  await t.rejects(client.send(new GetFunctionConfigurationCommand({ ...FN, Qualifier: '2' })), {
    name: 'ResourceNotFoundException',
    message: `Function not found: ${ARN}:2`,
  })
  t.equal((await deleting('99')).$metadata.httpStatusCode, 204, 'as good as deleted')
  await t.rejects(deleting('$LATEST'), {
    message: '$LATEST version cannot be deleted without deleting the function.',
  })
})

t.test('what does not fit is refused, and changes nothing', async (t) => {
  const client = await start(t)
  const { RevisionId, CodeSha256 } = await client.send(new GetFunctionConfigurationCommand(FN))
  const stale = {
    name: 'PreconditionFailedException',
    message: /^The Revision Id provided does not match/,
    $metadata: { httpStatusCode: 412 },
  }
  const zip = zipOfFiles({ 'index.mjs': WHO })
  await t.rejects(client.send(new PublishVersionCommand({ ...FN, RevisionId: 'x' })), stale)
  await t.rejects(
    client.send(new UpdateFunctionCodeCommand({ ...FN, ZipFile: zip, RevisionId: 'x' })),
    stale,
  )
  await t.rejects(
    client.send(new UpdateFunctionConfigurationCommand({ ...FN, Timeout: 9, RevisionId: 'x' })),
    stale,
  )
  await t.rejects(client.send(new PublishVersionCommand({ ...FN, CodeSha256: 'x' })), {
    name: 'InvalidParameterValueException',
    message: `CodeSHA256 (x) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
  })
  t.match(await client.send(new GetFunctionConfigurationCommand(FN)), { RevisionId, Timeout: 3 })
  await client.send(new PublishVersionCommand({ ...FN, RevisionId, CodeSha256 }))
  await t.rejects(client.send(new ListFunctionsCommand({ FunctionVersion: 'invalid' as 'ALL' })), {
    message: /Value 'invalid' at 'functionVersion' .* enum value set: \[ALL\]$/,
  })
  for (const MaxItems of [0, 10_001])
    await t.rejects(client.send(new ListFunctionsCommand({ MaxItems })), { message: /'maxItems'/ })
})

t.test('aliases: made, got, listed, moved, deleted', async (t) => {
  const client = await start(t, { Publish: true })
  await changed(client, 9)
  await client.send(new PublishVersionCommand(FN))
  const prod = { ...FN, Name: 'prod' }
  const made = await client.send(
    new CreateAliasCommand({ ...prod, FunctionVersion: '1', Description: 'd' }),
  )
  t.match(made, {
    AliasArn: `${ARN}:prod`,
    Name: 'prod',
    FunctionVersion: '1',
    Description: 'd',
    $metadata: { httpStatusCode: 201 },
  })
  await client.send(new CreateAliasCommand({ ...FN, Name: 'edge', FunctionVersion: '$LATEST' }))
  const who = async (name: string) =>
    JSON.parse(
      (await client.send(new InvokeCommand({ FunctionName: name }))).Payload!.transformToString(),
    )
  t.same(await who('fn:prod'), ['1', `${ARN}:prod`])
  t.same(await who('fn:edge'), ['$LATEST', `${ARN}:edge`])
  const moved = await client.send(new UpdateAliasCommand({ ...prod, FunctionVersion: '2' }))
  t.match(moved, { FunctionVersion: '2', Description: 'd' })
  t.not(moved.RevisionId, made.RevisionId)
  t.same(await who('fn:prod'), ['2', `${ARN}:prod`])
  const { Aliases } = await client.send(new ListAliasesCommand(FN))
  t.same(
    Aliases?.map(({ Name }) => Name),
    ['edge', 'prod'],
  )
  const ofTwo = await client.send(new ListAliasesCommand({ ...FN, FunctionVersion: '2' }))
  t.same(
    ofTwo.Aliases?.map(({ Name }) => Name),
    ['prod'],
  )
  const rows: [() => Promise<unknown>, string, RegExp | string][] = [
    [
      () => client.send(new CreateAliasCommand({ ...prod, FunctionVersion: '1' })),
      'ResourceConflictException',
      `Alias already exists: ${ARN}:prod`,
    ],
    [
      () => client.send(new CreateAliasCommand({ ...FN, Name: 'x', FunctionVersion: '10' })),
      'ResourceNotFoundException',
      `Function not found: ${ARN}:10`,
    ],
    [
      () => client.send(new UpdateAliasCommand({ ...FN, Name: 'x', FunctionVersion: '1' })),
      'ResourceNotFoundException',
      `Alias not found: ${ARN}:x`,
    ],
    [
      () => client.send(new UpdateAliasCommand({ ...prod, RevisionId: 'x' })),
      'PreconditionFailedException',
      /^The Revision Id/,
    ],
    [
      () => client.send(new GetAliasCommand({ ...FN, Name: 'x' })),
      'ResourceNotFoundException',
      `Cannot find alias arn: ${ARN}:x`,
    ],
    [
      () => client.send(new DeleteFunctionCommand({ ...FN, Qualifier: '2' })),
      'ResourceConflictException',
      /the alias prod points to it/,
    ],
    [
      () => client.send(new DeleteFunctionCommand({ ...FN, Qualifier: 'prod' })),
      'InvalidParameterValueException',
      'Deletion of aliases is not currently supported.',
    ],
  ]
  for (const [refused, name, message] of rows) await t.rejects(refused(), { name, message })
  for (let i = 0; i < 2; i++) {
    const gone = await client.send(new DeleteAliasCommand(prod))
    t.equal(gone.$metadata.httpStatusCode, 204)
  }
  await t.rejects(client.send(new InvokeCommand({ FunctionName: 'fn:prod' })), {
    message: `Function not found: ${ARN}:prod`,
  })
})

t.test('limits: put, got, deleted, refused', async (t) => {
  const client = await start(t)
  const put = (ReservedConcurrentExecutions: number, FunctionName = 'fn') =>
    client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }))
  const get = async () =>
    (await client.send(new GetFunctionConcurrencyCommand(FN))).ReservedConcurrentExecutions
  t.equal(await get(), undefined)
  for (const n of [0, 1, 900]) {
    t.equal((await put(n)).ReservedConcurrentExecutions, n)
    t.equal(await get(), n)
  }
  await t.rejects(put(901), {
    name: 'InvalidParameterValueException',
    message:
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  })
  await t.rejects(put(1, 'nobody'), { message: /^Function not found: .*:nobody:\$LATEST$/ })
  await t.rejects(put(1, 'fn:1'), {
    message: /^This operation is permitted on Lambda functions only/,
  })
  t.equal(
    (await client.send(new DeleteFunctionConcurrencyCommand(FN))).$metadata.httpStatusCode,
    204,
  )
  t.equal(await get(), undefined)
})
