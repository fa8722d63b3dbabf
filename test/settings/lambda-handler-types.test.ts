import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  DynamoDBStreamHandler,
} from 'aws-lambda'
import t from 'tap'
import { LambdaContext } from '../../lib/core/function/lambda-context.ts'
import type {
  DynamoDBStreamTumblingWindowEvent,
  DynamoDBStreamTumblingWindowResponse,
  LibraryOptions,
} from '../../lib/index.ts'
import { fromLibraryOptions } from '../../lib/settings/library-options.ts'

const byPromise: DynamoDBStreamHandler = async () => ({ batchItemFailures: [] })
const byCallback: DynamoDBStreamHandler = (_event, _context, callback) =>
  callback(null, { batchItemFailures: [] })
const written = async (
  event: DynamoDBStreamEvent,
  context: Context,
): Promise<DynamoDBBatchResponse> => ({
  batchItemFailures: event.Records.map(() => ({ itemIdentifier: context.awsRequestId })),
})
type Count = { readonly count?: number }
const inWindow = async ({
  Records,
  state,
}: DynamoDBStreamTumblingWindowEvent<Count, DynamoDBRecord>): Promise<
  DynamoDBStreamTumblingWindowResponse<Count>
> => ({ state: { count: (state.count ?? 0) + Records.length }, batchItemFailures: [] })
const withoutContext = (event: { readonly Records: readonly unknown[] }): number =>
  event.Records.length

t.test('handlers with the types of @types/aws-lambda are functions as they are', (t) => {
  const functions = {
    byPromise,
    byCallback,
    written,
    withoutContext,
    inWindow,
    'with-timeout': { Handler: written, Timeout: 7 },
  } satisfies LibraryOptions['functions']
  const parsed = fromLibraryOptions({ functions }).functions
  t.match(parsed.get('byPromise'), { type: 'inline', handler: byPromise })
  t.match(parsed.get('with-timeout'), { handler: written, timeoutSeconds: 7 })
  t.equal(parsed.size, 6)
  t.end()
})

t.test('what is no handler is refused by the compiler', (t) => {
  const handler = (
    event: DynamoDBStreamEvent,
    context: Context,
    callback: () => void,
    _more: 1,
  ) => [event, context, callback]
  // @ts-expect-error -- nobody gives it a fourth argument
  const functions: LibraryOptions['functions'] = { handler }
  t.ok(functions)
  t.end()
})

t.test('our context is their Context', (t) => {
  const context: Context = new LambdaContext(
    {
      functionVersion: '$LATEST',
      functionName: 'f',
      memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/f',
      logStreamName: 's',
      invokedFunctionArn: 'arn',
    },
    { requestId: 'r-1', remainingMs: () => 1000, answerNow: () => {} },
  )
  t.equal(context.awsRequestId, 'r-1')
  t.end()
})
