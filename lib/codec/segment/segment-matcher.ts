// hot path: bench/micro/filter
import type { FieldLeaf, FieldNode } from '../../core/filter/field-tree.ts'
import type { Filter } from '../../core/filter/filter.ts'
import { createEventIds } from '../../core/record/embedded-event-id.ts'
import { createSequenceNumbers } from '../../core/record/embedded-sequence.ts'
import { BodyCursor, OddBodyError, type Structures } from './body-cursor.ts'
import {
  type BodyField,
  bodyFieldOf,
  NO_OBJECT,
  READ,
  REJECTED,
  type Reading,
  readBodyObject,
} from './body-fields.ts'
import {
  EVENT_NAME_MASK,
  EVENT_NAMES,
  EVENT_SOURCE,
  EVENT_VERSION,
  FLAG_IDENTITY,
  FLAG_JSON,
} from './segment-layout.ts'

/** What the bodies of a shard leave out. */
type ShardFacts = {
  readonly streamArn: string
  readonly region: string
  readonly viewType: string
  readonly eventIdPrefix: string
}

const PAIR_LENGTH = 2

/** Matches `segment` bodies against a filter: reads the fields that it looks at, and passes everything else by. */
export class SegmentMatcher {
  readonly #filter: Filter
  readonly #cursor: BodyCursor
  /** What stands in every record. */
  readonly #constant: readonly unknown[]
  readonly #values: unknown[]
  readonly #eventIdOf: (ordinal: number) => string
  readonly #sequenceNumberOf = createSequenceNumbers()
  readonly #eventName: FieldLeaf | undefined
  readonly #eventId: FieldLeaf | undefined
  readonly #sequenceNumber: FieldLeaf | undefined
  readonly #looksAtIdentity: boolean
  /** `undefined` where nothing is looked at that stands in the body. */
  readonly #dynamodb: BodyField | undefined

  constructor(filter: Filter, shard: ShardFacts, structures: Structures) {
    const { members, slotCount } = filter.fields
    const dynamodb = members.find(({ name }) => name === 'dynamodb')?.members ?? []
    const constant: unknown[] = new Array(slotCount).fill(undefined)
    const put = (leaf: FieldLeaf | undefined, value: string): void => {
      if (leaf) constant[leaf.slot] = value
    }
    put(leafOf(members, 'eventVersion'), EVENT_VERSION)
    put(leafOf(members, 'eventSource'), EVENT_SOURCE)
    put(leafOf(members, 'awsRegion'), shard.region)
    put(leafOf(members, 'eventSourceARN'), shard.streamArn)
    put(leafOf(dynamodb, 'StreamViewType'), shard.viewType)
    this.#filter = filter
    this.#constant = constant
    this.#values = constant.slice()
    this.#eventIdOf = createEventIds(shard.eventIdPrefix)
    this.#eventId = leafOf(members, 'eventID')
    this.#eventName = leafOf(members, 'eventName')
    this.#sequenceNumber = leafOf(dynamodb, 'SequenceNumber')
    this.#looksAtIdentity = members.some(({ name }) => name === 'userIdentity')
    this.#dynamodb = fieldOfBody(dynamodb)
    this.#cursor = new BodyCursor(structures)
  }

  /**
   * @returns `undefined` where only the decoded record can tell: of bodies that are JSON, that are not as our encoder
   *   writes them, or that have an identity where the filter looks at it; and for lists.
   */
  match(bytes: Uint8Array, start: number, end: number, ordinal: number): boolean | undefined {
    const values = this.#values
    const constant = this.#constant
    for (let i = 0; i < constant.length; i++) values[i] = constant[i]
    const flags = bytes[start]!
    const hasIdentity = (flags & FLAG_IDENTITY) !== 0
    if (hasIdentity && this.#looksAtIdentity) return undefined
    if (this.#eventName !== undefined) {
      const { slot, mustPass } = this.#eventName
      const name = EVENT_NAMES[flags & EVENT_NAME_MASK]
      if (name !== undefined && mustPass?.(name) === false) return false
      values[slot] = name
    }
    if (this.#eventId !== undefined) values[this.#eventId.slot] = this.#eventIdOf(ordinal)
    if (this.#sequenceNumber !== undefined)
      values[this.#sequenceNumber.slot] = this.#sequenceNumberOf(ordinal)
    if (this.#dynamodb !== undefined) {
      if ((flags & FLAG_JSON) !== 0) return undefined
      this.#cursor.begin(bytes, start + 1)
      const reading = this.#readBody(this.#dynamodb, hasIdentity)
      if (reading === REJECTED) return false
      if (reading === NO_OBJECT || this.#cursor.at !== end) return undefined
    }
    return this.#filter.matchesFields(values)
  }

  #readBody(dynamodb: BodyField, hasIdentity: boolean): Reading {
    const cursor = this.#cursor
    try {
      if (hasIdentity && cursor.enterList() !== PAIR_LENGTH) return NO_OBJECT
      const reading = readBodyObject(cursor, dynamodb, this.#values)
      if (hasIdentity && reading === READ) cursor.pass(1)
      return reading
    } catch (error) {
      if (!(error instanceof OddBodyError)) throw error
      return NO_OBJECT
    }
  }
}

function leafOf(members: readonly FieldNode[], name: string): FieldLeaf | undefined {
  return members.find((member) => member.name === name)?.leaf
}

/** What is looked at in a body's `dynamodb` object: bodies have no sequence number and no view type. */
function fieldOfBody(members: readonly FieldNode[]): BodyField | undefined {
  const inBody = members.filter(
    ({ name }) => name !== 'SequenceNumber' && name !== 'StreamViewType',
  )
  if (inBody.length === 0) return undefined
  return bodyFieldOf({ name: 'dynamodb', members: inBody })
}
