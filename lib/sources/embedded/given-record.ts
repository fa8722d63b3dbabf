// hot path: bench/micro/segment
import { EVENT_NAMES, type EventName } from '../../codec/segment/segment-layout.ts'
import { canonicalOrderKey, type KeyAttribute } from '../../core/lane/order-key.ts'
import type { StreamViewType } from '../../core/mapping/settings.ts'
import { isMap, RecordProblem, shown } from './attribute-walk.ts'

/** A record as it was put, its outer members checked; attribute values are not looked at yet, but for the key. */
export type GivenRecord = {
  readonly eventName: EventName
  readonly keys: unknown
  readonly newImage: unknown
  readonly oldImage: unknown
  /** @unit epoch seconds */
  readonly createdAt: number | undefined
  readonly identity: { readonly type: string; readonly principalId: string } | undefined
  /** Canonical partition key: type letter, `:`, value; without a KeySchema the whole key. @source D2 */
  readonly orderKey: string
}

type StreamFacts = { readonly viewType: StreamViewType; readonly keyNames: readonly string[] }

/** Number below which JSON and JavaScript agree on a time in seconds. */
const SECONDS_MAX = 8.64e12

/**
 * Reads the outer members of a record. What the stream adds itself may be there (recorded data has it) and is
 * replaced; any other member is refused.
 * @throws RecordProblem
 * @source contract §4, aws-semantics §6.1
 */
export function readGivenRecord(value: unknown, facts: StreamFacts): GivenRecord {
  if (!isMap(value)) throw new RecordProblem('must be a JSON object')
  for (const member in value) checkRecordMember(member)
  const source = value['eventSource']
  if (source !== undefined && source !== 'aws:dynamodb') {
    throw new RecordProblem('eventSource must be "aws:dynamodb"')
  }
  const dynamodb = value['dynamodb']
  if (!isMap(dynamodb)) throw new RecordProblem('dynamodb must be an object with Keys and an image')
  for (const member in dynamodb) checkDynamodbMember(member)
  const keys = dynamodb['Keys']
  const newImage = dynamodb['NewImage']
  const oldImage = dynamodb['OldImage']
  return {
    eventName: eventNameOf(value['eventName'], newImage, oldImage, facts.viewType),
    keys,
    newImage,
    oldImage,
    createdAt: createdAtOf(dynamodb['ApproximateCreationDateTime']),
    identity: identityOf(value['userIdentity']),
    orderKey: orderKeyOf(keys, facts.keyNames),
  }
}

function checkRecordMember(member: string): void {
  switch (member) {
    case 'dynamodb':
    case 'eventName':
    case 'userIdentity':
    case 'eventID':
    case 'eventVersion':
    case 'eventSource':
    case 'awsRegion':
    case 'eventSourceARN':
      return
    default:
      throw new RecordProblem(`unknown member ${shown(member)}`)
  }
}

function checkDynamodbMember(member: string): void {
  switch (member) {
    case 'Keys':
    case 'NewImage':
    case 'OldImage':
    case 'ApproximateCreationDateTime':
    case 'SequenceNumber':
    case 'SizeBytes':
    case 'StreamViewType':
      return
    default:
      throw new RecordProblem(`unknown member dynamodb.${shown(member)}`)
  }
}

function eventNameOf(
  name: unknown,
  newImage: unknown,
  oldImage: unknown,
  viewType: StreamViewType,
): EventName {
  const hasNew = newImage !== undefined
  const hasOld = oldImage !== undefined
  if (name === undefined) {
    if (hasNew) return hasOld ? 'MODIFY' : 'INSERT'
    if (hasOld) return 'REMOVE'
    throw new RecordProblem('dynamodb needs NewImage or OldImage')
  }
  const eventName = EVENT_NAMES.find((known) => known === name)
  if (!eventName) throw new RecordProblem('eventName must be INSERT, MODIFY or REMOVE')
  if (eventName === 'INSERT' && hasOld) {
    throw new RecordProblem('an INSERT has no dynamodb.OldImage')
  }
  if (eventName === 'REMOVE' && hasNew) {
    throw new RecordProblem('a REMOVE has no dynamodb.NewImage')
  }
  if (!hasNew && !hasOld && carriesImage(viewType, eventName)) {
    throw new RecordProblem('dynamodb needs NewImage or OldImage')
  }
  return eventName
}

/** Whether a record of this kind has an image on AWS: recorded data without one is right where it has none. */
function carriesImage(viewType: StreamViewType, name: EventName): boolean {
  switch (viewType) {
    case 'KEYS_ONLY':
      return false
    case 'NEW_IMAGE':
      return name !== 'REMOVE'
    case 'OLD_IMAGE':
      return name !== 'INSERT'
    case 'NEW_AND_OLD_IMAGES':
      return true
  }
}

function createdAtOf(seconds: unknown): number | undefined {
  if (seconds === undefined) return undefined
  if (typeof seconds === 'number' && seconds >= 0 && seconds <= SECONDS_MAX) return seconds
  throw new RecordProblem('dynamodb.ApproximateCreationDateTime must be a number of epoch seconds')
}

function identityOf(identity: unknown): GivenRecord['identity'] {
  if (identity === undefined) return undefined
  if (isMap(identity)) {
    const { type, principalId, ...others } = identity
    const isComplete = typeof type === 'string' && typeof principalId === 'string'
    if (isComplete && Object.keys(others).length === 0) return { type, principalId }
  }
  throw new RecordProblem('userIdentity must be {"type": string, "principalId": string}')
}

function orderKeyOf(keys: unknown, keyNames: readonly string[]): string {
  if (!isMap(keys)) throw new RecordProblem('dynamodb.Keys must be an object of attribute values')
  if (keyNames.length === 0) return wholeKeyOf(keys)
  for (let i = 1; i < keyNames.length; i++) keyValueOf(keys, keyNames[i]!)
  return keyValueOf(keys, keyNames[0]!)
}

/** D2, where no schema is known. */
function wholeKeyOf(keys: Record<string, unknown>): string {
  const names = Object.keys(keys)
  if (names.length === 0) throw new RecordProblem('dynamodb.Keys must hold an attribute')
  for (const name of names) keyValueOf(keys, name)
  return canonicalOrderKey(keys as Record<string, KeyAttribute>)
}

function keyValueOf(keys: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(keys, name) ? keys[name] : undefined
  if (isMap(value)) {
    if (typeof value['S'] === 'string') return `S:${value['S']}`
    if (typeof value['N'] === 'string') return `N:${value['N']}`
    if (typeof value['B'] === 'string') return `B:${value['B']}`
  }
  throw new RecordProblem(
    `dynamodb.Keys.${shown(name)} must be an S, N or B: it is the stream's key`,
  )
}
