import {
  CreateFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda'
import t, { type Test } from 'tap'
import { RunningDaemon } from '../support/daemon.ts'
import { functionOf, lambdaClient } from '../support/lambda-client.ts'

const HANDLER = `
let calls = 0
export const handler = async (event, context) => {
  calls++
  switch (event.do) {
    case 'throw': throw new TypeError('not today')
    case 'exit': process.exit(3)
    case 'block': for (;;);
    case 'hang': return new Promise((resolve) => setTimeout(resolve, 60_000))
    case 'large': return 'x'.repeat(7_000_000)
    case 'print': console.log('said ' + event.text); console.error('\\u001b[31mred'); return
    case 'who': return { id: context.awsRequestId, arn: context.invokedFunctionArn, version: context.functionVersion, left: context.getRemainingTimeInMillis() > 0 }
    case 'count': return calls
    case 'size': return JSON.stringify(event).length
    default: return event
  }
}
`

async function start(t: Test) {
  const directory = t.testdir({ 'told.mjs': 'export const handler = async () => "of the file"' })
  const daemon = await RunningDaemon.start(directory, {
    configuration: {
      Functions: { told: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' } },
    },
  })
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  await client.send(new CreateFunctionCommand(functionOf('fn', HANDLER, { Timeout: 1 })))
  return { daemon, client }
}

const call = (client: LambdaClient, event: unknown, more: Partial<InvokeCommandInput> = {}) =>
  client.send(
    new InvokeCommand({ FunctionName: 'fn', Payload: Buffer.from(JSON.stringify(event)), ...more }),
  )

const payloadOf = (answer: { Payload?: { transformToString(): string } | undefined }): unknown =>
  JSON.parse(answer.Payload!.transformToString())

t.test('RequestResponse: what comes back, and what went wrong (aws-semantics §9.3)', async (t) => {
  const { daemon, client } = await start(t)
  t.same(payloadOf(await call(client, { a: 'ü' })), { a: 'ü' })
  t.equal(payloadOf(await call(client, { do: 'print' })), null)
  const who = await call(client, { do: 'who' })
  t.match(payloadOf(who), {
    id: who.$metadata.requestId!,
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
    version: '$LATEST',
    left: true,
  })
  const qualified = await call(client, { do: 'who' }, { Qualifier: '$LATEST' })
  t.match(payloadOf(qualified), { arn: /:function:fn:\$LATEST$/ })
  const rows = [
    ['throw', { errorType: 'TypeError', errorMessage: 'not today', trace: [/^TypeError/] }],
    [
      'exit',
      { errorType: 'Runtime.ExitError', errorMessage: /Runtime exited with error: exit status 3$/ },
    ],
    [
      'block',
      { errorType: 'Sandbox.Timedout', errorMessage: /Task timed out after 1\.00 seconds$/ },
    ],
    [
      'hang',
      { errorType: 'Sandbox.Timedout', errorMessage: /Task timed out after 1\.00 seconds$/ },
    ],
    ['large', { errorType: 'Function.ResponseSizeTooLarge' }],
  ] as const
  for (const [what, error] of rows) {
    const failed = await call(client, { do: what })
    t.match(failed, { StatusCode: 200, FunctionError: 'Unhandled' }, what)
    t.match(payloadOf(failed), error, what)
  }
  t.same(payloadOf(await call(client, 'still here')), 'still here')
  t.equal(payloadOf(await call(client, {}, { FunctionName: 'told' })), 'of the file')
  t.equal((await daemon.stop()).status, 0)
})

t.test('LogType Tail: the last 4 KB of what it printed', async (t) => {
  const { daemon, client } = await start(t)
  const short = await call(client, { do: 'print', text: 'a' }, { LogType: 'Tail' })
  const log = Buffer.from(short.LogResult!, 'base64').toString()
  const { requestId = '' } = short.$metadata
  t.match(
    log.replaceAll(requestId, 'ID'),
    /^START RequestId: ID Version: \$LATEST\nsaid a\n.*red\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: [\d.]+ ms\t/,
  )
  t.notMatch(log, '\u001b', 'no control characters')
  const long = await call(client, { do: 'print', text: 'ü'.repeat(5000) }, { LogType: 'Tail' })
  const tail = Buffer.from(long.LogResult!, 'base64')
  t.equal(tail.length, 4096)
  t.match(tail.toString(), /ü\n/)
  t.equal((await call(client, { do: 'print' })).LogResult, undefined, 'only who asks is told')
  t.equal((await daemon.stop()).status, 0)
})

t.test('what is refused, with status and text', async (t) => {
  const { daemon, client } = await start(t)
  const rows: [Partial<InvokeCommandInput>, number, string, RegExp][] = [
    [
      { FunctionName: 'nobody' },
      404,
      'ResourceNotFoundException',
      /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody$/,
    ],
    [{ Qualifier: 'prod' }, 404, 'ResourceNotFoundException', /function:fn:prod$/],
    [
      { Payload: Buffer.from('{') },
      400,
      'InvalidRequestContentException',
      /^Could not parse request body into json: Could not parse payload into json: /,
    ],
    [
      { Payload: Buffer.from([0x22, 0x87, 0x22]) },
      400,
      'InvalidRequestContentException',
      /not UTF-8/,
    ],
    [
      { Payload: Buffer.alloc(6 * 1024 * 1024 + 1, 0x31) },
      413,
      'RequestTooLargeException',
      /^Request must be smaller than 6291456 bytes for the InvokeFunction operation$/,
    ],
    [
      { Payload: Buffer.alloc(1024 * 1024 + 1, 0x31), InvocationType: 'Event' },
      413,
      'RequestTooLargeException',
      /1048576/,
    ],
    [
      { InvocationType: 'Nonsense' as 'Event' },
      400,
      'ValidationException',
      /Value 'Nonsense' at 'invocationType' .*\[Event, RequestResponse, DryRun\]$/,
    ],
    [{ LogType: 'All' as 'Tail' }, 400, 'ValidationException', /at 'logType'/],
    [
      { ClientContext: 'e30=' },
      400,
      'InvalidParameterValueException',
      /^ClientContext is not supported/,
    ],
  ]
  for (const [more, httpStatusCode, name, message] of rows)
    await t.rejects(call(client, {}, more), { name, message, $metadata: { httpStatusCode } }, name)
  const largest = Buffer.alloc(6 * 1024 * 1024, 0x20)
  largest.write('"x"')
  t.equal(payloadOf(await call(client, {}, { Payload: largest })), 'x', 'as large as may be')
  t.match(await call(client, {}, { InvocationType: 'DryRun' }), { StatusCode: 204 })
  t.equal(payloadOf(await call(client, { do: 'count' })), 2, 'a dry run calls nothing')
  t.equal((await daemon.stop()).status, 0)
})

t.test('ten at a time run in ten environments; with a limit of 0 none does', async (t) => {
  const { daemon, client } = await start(t)
  const slow = 'export const handler = async () => new Promise((r) => setTimeout(r, 300))'
  await client.send(new CreateFunctionCommand(functionOf('slow', slow)))
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call(client, {}, { FunctionName: 'slow' })),
  )
  t.ok(answers.every(({ FunctionError }) => FunctionError === undefined))
  const limit = (n: number) =>
    client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'slow', ReservedConcurrentExecutions: n }),
    )
  await limit(1)
  const ends = await Promise.allSettled(
    Array.from({ length: 5 }, () => call(client, {}, { FunctionName: 'slow' })),
  )
  t.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
  await limit(0)
  await t.rejects(call(client, {}, { FunctionName: 'slow' }), {
    name: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  })
  t.equal((await daemon.stop()).status, 0)
})

t.test('Event: accepted at once, run afterwards; an exit in between harms nobody', async (t) => {
  const { daemon, client } = await start(t)
  const event = (payload: unknown) => call(client, payload, { InvocationType: 'Event' })
  t.match(await event({ do: 'print', text: 'later' }), { StatusCode: 202 })
  await daemon.logs('said later')
  await event({ do: 'exit' })
  await event({ do: 'print', text: 'after that' })
  await daemon.logs('said after that')
  const { status } = await daemon.stop()
  t.equal(status, 0)
  t.match(
    daemon.log().find(({ msg }) => msg === 'invocation-dropped'),
    { function: 'fn', reason: 'the engine stops' },
    'what waits for its next try is told as dropped',
  )
})

t.test('a stop waits for calls, but not for ever: who waits is answered', async (t) => {
  const code = `export const handler = async ({ ms }) => {
    console.log('begun', ms)
    return new Promise((resolve) => setTimeout(resolve, ms, 'done'))
  }`
  const daemon = await RunningDaemon.start(t.testdir(), { words: ['--shutdown-timeout', '2s'] })
  t.teardown(() => daemon.kill())
  const client = lambdaClient(daemon)
  await client.send(new CreateFunctionCommand(functionOf('fn', code, { Timeout: 60 })))
  const short = call(client, { ms: 300 })
  const long = call(client, { ms: 60_000 }).catch((error: Error) => error)
  await daemon.logs('begun 300')
  await daemon.logs('begun 60000')
  const stopped = daemon.stop()
  t.equal(payloadOf(await short), 'done')
  t.match(await long, { name: 'ServiceException', message: 'the engine stops' })
  t.equal((await stopped).status, 0)
})
