import { join } from 'node:path'
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { codeFoldersOf } from '../support/code-folders.ts'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'
import { zipOfFiles } from '../support/zip-file.ts'

const saying = (word: string) => `export const handler = async () => ${JSON.stringify(word)}\n`

async function says(client: LambdaClient, FunctionName: string): Promise<string> {
  const { Payload, FunctionError } = await client.send(new InvokeCommand({ FunctionName }))
  return `${FunctionError ?? ''}${Payload!.transformToString()}`
}

/** All that the API tells of a function. */
async function factsOf(client: LambdaClient, FunctionName: string) {
  const answers = [
    await client.send(new GetFunctionCommand({ FunctionName })),
    await client.send(new ListVersionsByFunctionCommand({ FunctionName })),
    await client.send(new GetAliasCommand({ FunctionName, Name: 'prod' })),
    await client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
  ]
  return answers.map(({ $metadata: _, ...answer }) => answer)
}

for (const end of ['stop', 'kill'] as const)
  t.test(
    `functions, versions, aliases, limits and code are there again after a ${end}`,
    async (t) => {
      const directory = t.testdir()
      const data = join(directory, '.millrace')
      const first = await RunningDaemon.start(directory)
      const client = lambdaClient(first)
      const name = { FunctionName: 'fn' }
      await client.send(
        new CreateFunctionCommand(
          functionOf('fn', saying('one'), {
            Tags: { team: 'a' },
            Environment: { Variables: { TABLE: 'orders' } },
          }),
        ),
      )
      await client.send(new PublishVersionCommand({ ...name, Description: 'the first' }))
      await client.send(new CreateAliasCommand({ ...name, Name: 'prod', FunctionVersion: '1' }))
      await client.send(
        new PutFunctionConcurrencyCommand({ ...name, ReservedConcurrentExecutions: 2 }),
      )
      const update = (word: string) =>
        client.send(
          new UpdateFunctionCodeCommand({
            ...name,
            ZipFile: zipOfFiles({ 'index.mjs': saying(word) }),
          }),
        )
      await update('overtaken')
      await update('two')
      await client.send(new CreateFunctionCommand(functionOf('gone', saying('gone'))))
      await client.send(new DeleteFunctionCommand({ FunctionName: 'gone' }))
      const before = await factsOf(client, 'fn')
      if (end === 'stop') t.equal((await first.stop()).status, 0)
      else await first.kill()

      const second = await RunningDaemon.start(directory)
      t.teardown(() => second.kill())
      const again = lambdaClient(second)
      t.same(await factsOf(again, 'fn'), before)
      t.equal(await says(again, 'fn'), '"two"')
      t.equal(await says(again, 'fn:prod'), '"one"')
      t.equal(await says(again, 'fn:1'), '"one"')
      await t.rejects(says(again, 'gone'), { name: 'ResourceNotFoundException' })
      t.equal((await second.stop()).status, 0)
      t.equal(codeFoldersOf(data).length, 2, 'code of $LATEST and of version 1, and no other')
      await deleteAll(t, directory)
    },
  )

async function deleteAll(t: Test, directory: string): Promise<void> {
  const third = await RunningDaemon.start(directory)
  t.teardown(() => third.kill())
  await lambdaClient(third).send(new DeleteFunctionCommand({ FunctionName: 'fn' }))
  t.equal((await third.stop()).status, 0)
  t.same(codeFoldersOf(join(directory, '.millrace')), [], 'nothing is left of a deleted function')
}

t.test(
  'a name that the configuration takes over belongs to it, and comes back (D32)',
  async (t) => {
    const directory = t.testdir({ 'told.mjs': saying('of the file') })
    const Functions = { fn: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' } }
    const start = async (configuration: object) => {
      const daemon = await RunningDaemon.start(directory, { configuration })
      t.teardown(() => daemon.kill())
      return { daemon, client: lambdaClient(daemon) }
    }
    const first = await start({})
    await first.client.send(new CreateFunctionCommand(functionOf('fn', saying('of the API'))))
    await first.daemon.stop()
    const second = await start({ Functions })
    t.equal(await says(second.client, 'fn'), '"of the file"')
    const change = new UpdateFunctionCodeCommand({ FunctionName: 'fn', ZipFile: zipOfFiles({}) })
    for (const refused of [
      change,
      new DeleteFunctionCommand({ FunctionName: 'fn' }),
      new PublishVersionCommand({ FunctionName: 'fn' }),
      new PutFunctionConcurrencyCommand({ FunctionName: 'fn', ReservedConcurrentExecutions: 1 }),
      new CreateAliasCommand({ FunctionName: 'fn', Name: 'prod', FunctionVersion: '$LATEST' }),
    ])
      await t.rejects(second.client.send(refused as typeof change), {
        name: 'ResourceConflictException',
        message: 'The function fn belongs to the configuration: change it there.',
        $metadata: { httpStatusCode: 409 },
      })
    await t.rejects(second.client.send(new CreateFunctionCommand(functionOf('fn', saying('x')))), {
      name: 'ResourceConflictException',
      message: 'Function already exist: fn',
    })
    await second.daemon.stop()
    const third = await start({})
    t.equal(await says(third.client, 'fn'), '"of the API"')
    t.equal((await third.daemon.stop()).status, 0)
  },
)
