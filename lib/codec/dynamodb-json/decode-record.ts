/** Attributes by name, as DynamoDB's JSON has them: `{"id":{"S":"a"}}`. */
export type AttributeMap = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A record as a Lambda handler sees it. Members in this order; those that the source does not give are absent. @source aws-semantics §6.1 */
export type DynamoDbEventRecord = {
  eventID?: string
  eventName?: string
  eventVersion?: string
  eventSource?: string
  awsRegion?: string
  dynamodb: DynamoDbStreamRecord
  /** Only for deletes by the service (TTL). */
  userIdentity?: { type?: string; principalId?: string }
  eventSourceARN: string
}

export type DynamoDbStreamRecord = {
  /** Epoch seconds. */
  ApproximateCreationDateTime?: number
  Keys?: AttributeMap
  NewImage?: AttributeMap
  OldImage?: AttributeMap
  /** As the source writes it: with DynamoDB Local's leading zeros. */
  SequenceNumber?: string
  SizeBytes?: number
  StreamViewType?: string
}

/** Of the record, taken over as they are. */
export const RECORD_MEMBERS = [
  'eventID',
  'eventName',
  'eventVersion',
  'eventSource',
  'awsRegion',
] as const

/** Of its `dynamodb` member. */
export const STREAM_RECORD_MEMBERS = [
  'ApproximateCreationDateTime',
  'Keys',
  'NewImage',
  'OldImage',
  'SequenceNumber',
  'SizeBytes',
  'StreamViewType',
] as const

type WireRecord = Omit<DynamoDbEventRecord, 'eventSourceARN' | 'userIdentity'> & {
  readonly userIdentity?: WireIdentity | null
}

/** The Streams API names them in upper case, Lambda in lower case; some servers send Lambda's form. */
type WireIdentity = {
  readonly Type?: string
  readonly type?: string
  readonly PrincipalId?: string
  readonly principalId?: string
}

/**
 * Decodes one record of a GetRecords answer to what Lambda hands over.
 *
 * @param bytes The record is `bytes[start..end)`: a range that the page scanner found. Best a `Buffer` over memory
 *   that is not shared.
 * @throws SyntaxError where the range is no JSON object.
 * @source aws-semantics §6.1
 */
export function decodeDynamoDbRecord(
  bytes: Uint8Array,
  start: number,
  end: number,
  eventSourceArn: string,
): DynamoDbEventRecord {
  const text = asBuffer(bytes).toString('utf8', start, end)
  const wire = JSON.parse(text) as WireRecord
  const record = pick(wire, RECORD_MEMBERS) as DynamoDbEventRecord
  record.dynamodb = pick(wire.dynamodb, STREAM_RECORD_MEMBERS)
  if (wire.userIdentity) record.userIdentity = lambdaIdentity(wire.userIdentity)
  record.eventSourceARN = eventSourceArn
  return record
}

function lambdaIdentity(wire: WireIdentity): { type?: string; principalId?: string } {
  const type = wire.Type ?? wire.type
  const principalId = wire.PrincipalId ?? wire.principalId
  return {
    ...(type === undefined ? {} : { type }),
    ...(principalId === undefined ? {} : { principalId }),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The members of `from` that are there, in the order of `names`. */
function pick<Source extends object, Name extends keyof Source & string>(
  from: Source,
  names: readonly Name[],
): Partial<Pick<Source, Name>> {
  const picked: Partial<Pick<Source, Name>> = {}
  for (const name of names) {
    const value = from[name]
    if (value !== undefined && value !== null) picked[name] = value
  }
  return picked
}
