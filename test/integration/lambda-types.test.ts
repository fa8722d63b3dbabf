import { join } from 'node:path'
import type {
  AttributeValue,
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  DynamoDBStreamHandler,
  StreamRecord,
} from 'aws-lambda'
import t from 'tap'
import { createEngine } from '../../lib/index.ts'
import { Tables } from './tables.ts'

/** A check for each member that a type of `@types/aws-lambda` names: one that is added there does not compile here. */
type Checks<Type> = Readonly<Record<keyof Required<Type>, (value: unknown) => boolean>>

const isText = (value: unknown) => typeof value === 'string'
const isNumber = (value: unknown) => typeof value === 'number'
const isFunction = (value: unknown) => typeof value === 'function'
const isAbsent = (value: unknown) => value === undefined
const isOneOf =
  (...values: readonly string[]) =>
  (value: unknown) =>
    values.includes(value as string)
const isListOf = (isElement: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(isElement)

const VALUES: Checks<AttributeValue> = {
  S: isText,
  N: isText,
  B: isText,
  SS: isListOf(isText),
  NS: isListOf(isText),
  BS: isListOf(isText),
  M: (value) => isMap(value),
  L: (value) => isListOf(isValue)(value),
  NULL: (value) => value === true,
  BOOL: (value) => typeof value === 'boolean',
}

function isValue(value: unknown): boolean {
  const [entry, ...others] = Object.entries(value as object)
  const [type, inner] = entry!
  return others.length === 0 && VALUES[type as keyof AttributeValue](inner)
}

const isMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(isValue)

const CHANGE: Checks<StreamRecord> = {
  ApproximateCreationDateTime: isNumber,
  Keys: isMap,
  NewImage: isMap,
  OldImage: isMap,
  SequenceNumber: isText,
  SizeBytes: isNumber,
  StreamViewType: isOneOf('NEW_AND_OLD_IMAGES'),
}

const RECORD: Checks<DynamoDBRecord> = {
  awsRegion: isText,
  dynamodb: (value) => Object.entries(CHANGE).every(([name, is]) => is(member(value, name))),
  eventID: isText,
  eventName: isOneOf('MODIFY'),
  eventSource: isOneOf('aws:dynamodb'),
  eventSourceARN: isText,
  eventVersion: isText,
  // Only deletes by the service have one.
  userIdentity: isAbsent,
}

const CONTEXT: Checks<Context> = {
  callbackWaitsForEmptyEventLoop: (value) => value === true,
  functionName: isOneOf('typed'),
  functionVersion: isText,
  invokedFunctionArn: isText,
  memoryLimitInMB: isText,
  awsRequestId: isText,
  logGroupName: isText,
  logStreamName: isText,
  identity: isAbsent,
  clientContext: isAbsent,
  tenantId: isAbsent,
  getRemainingTimeInMillis: isFunction,
  done: isFunction,
  fail: isFunction,
  succeed: isFunction,
}

const member = (value: unknown, name: string): unknown => (value as Record<string, unknown>)[name]

/** Names of the members that are not as the types say; of members too that the types do not know. */
function misfits(value: object, checks: Checks<Record<string, unknown>>): readonly string[] {
  const wrong = Object.entries(checks).filter(([name, is]) => !is(member(value, name)))
  const unknown = Object.keys(value).filter((name) => !(name in checks))
  return [...wrong.map(([name]) => name), ...unknown]
}

const events: DynamoDBStreamEvent[] = []
const contexts: Context[] = []
const typed: DynamoDBStreamHandler = async (event, context) => {
  events.push(event)
  contexts.push(context)
  return { batchItemFailures: [] }
}
/** Fails the second record, always. */
const partial = async (
  { Records }: DynamoDBStreamEvent,
  _context: Context,
): Promise<DynamoDBBatchResponse> => {
  const failed = Records.filter(({ eventName }) => eventName === 'MODIFY')
  return {
    batchItemFailures: failed.map(({ dynamodb }) => ({
      itemIdentifier: dynamodb!.SequenceNumber!,
    })),
  }
}

t.test('@types/aws-lambda: events and context of a real stream are as its types say', async (t) => {
  const tables = await Tables.start(t)
  const streamArn = await tables.create('items')
  const id = { S: 'one' }
  await tables.put('items', { id, b: { B: Uint8Array.of(1) }, l: { L: [{ NULL: true }] } })
  await tables.put('items', {
    ...{ id, n: { N: '1' }, ss: { SS: ['a'] }, ns: { NS: ['1'] }, yes: { BOOL: true } },
    ...{ bs: { BS: [Uint8Array.of(1)] }, m: { M: { inner: { S: '' } } } },
  })
  const mapping = { Table: 'items', StartingPosition: 'TRIM_HORIZON' } as const
  await using engine = await createEngine({
    data: join(tables.folder, 'data'),
    sources: tables.sources,
    functions: { typed, partial },
    mappings: [
      { ...mapping, FunctionName: 'typed' },
      {
        ...{ ...mapping, FunctionName: 'partial', MaximumRetryAttempts: 0 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    ],
  })
  await engine.start()
  await engine.caughtUp()

  const records = events.flatMap(({ Records }) => Records)
  const [first, second] = records
  t.equal(records.length, 2)
  t.same(misfits(second!, RECORD), [])
  t.same(misfits(second!.dynamodb!, CHANGE), [])
  t.same(misfits(first!, RECORD), ['dynamodb', 'eventName'], 'an INSERT has no old image')
  t.same(misfits(contexts[0]!, CONTEXT), [])
  t.ok(contexts[0]!.getRemainingTimeInMillis() <= 3000)

  const [inserted, modified] = await tables.records(streamArn)
  t.equal(first!.dynamodb!.SequenceNumber, inserted!.dynamodb.SequenceNumber)
  const failed = [...engine.failedBatches()].map((stored) => stored.failed)
  t.match(failed, [{ recordCount: 1, approximateInvokeCount: 1 }], 'its answer is understood')
  t.equal(BigInt(failed[0]!.firstSequenceNumber), BigInt(modified!.dynamodb.SequenceNumber))
})
