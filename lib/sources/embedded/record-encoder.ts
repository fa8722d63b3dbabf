// hot path: bench/micro/segment
import type { BodyWriter } from '../../codec/segment/body-writer.ts'
import { EVENT_NAMES, FLAG_IDENTITY, FLAG_JSON } from '../../codec/segment/segment-layout.ts'
import { dynamodbStructureId, type StructureTable } from '../../codec/segment/structure-table.ts'
import type { EpochMs } from '../../core/ids.ts'
import { orderHash } from '../../core/lane/lane-hash.ts'
import type { StreamViewType } from '../../core/mapping/settings.ts'
import { EMBEDDED_RECORD_BYTES_MAX } from '../../core/record/embedded-limits.ts'
import { EMBEDDED_SEQUENCE_DIGITS } from '../../core/record/embedded-sequence.ts'
import { AttributeWalk, tooLarge } from './attribute-walk.ts'
import { type GivenRecord, readGivenRecord } from './given-record.ts'
import type { ShardBuffer } from './shard-buffer.ts'

const NIL = 0xc0
const PAIR = 0x92
const EVENT_ID_DIGITS = 32

/** What of a stream the encoding depends on. */
export type EncodingFacts = {
  readonly streamArn: string
  readonly region: string
  readonly viewType: StreamViewType
  /** Attribute names of the KeySchema, HASH first. */
  readonly keyNames: readonly string[]
  readonly structures: StructureTable
}

/** Checks records that were put, and writes them as bodies of stored segments. @source contract §4 */
export class RecordEncoder {
  readonly #facts: EncodingFacts
  readonly #walk: AttributeWalk
  readonly #carriesNew: boolean
  readonly #carriesOld: boolean
  readonly #envelopeJsonBytes: number

  constructor(facts: EncodingFacts) {
    this.#facts = facts
    this.#walk = new AttributeWalk(facts.structures)
    this.#carriesNew = facts.viewType.startsWith('NEW')
    this.#carriesOld = facts.viewType.endsWith('OLD_IMAGE') || facts.viewType.endsWith('OLD_IMAGES')
    this.#envelopeJsonBytes = Buffer.byteLength(
      JSON.stringify({
        eventID: '0'.repeat(EVENT_ID_DIGITS),
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: facts.region,
        dynamodb: {
          ApproximateCreationDateTime: 0,
          Keys: 0,
          SequenceNumber: '0'.repeat(EMBEDDED_SEQUENCE_DIGITS),
          SizeBytes: 0,
          StreamViewType: facts.viewType,
        },
        eventSourceARN: facts.streamArn,
      }),
    )
    // The zeros stand for what is measured in the walk.
    this.#envelopeJsonBytes -= 3
  }

  /**
   * Appends one record to the buffer of its shard.
   * @param bufferFor The buffer of the open shard that an order hash belongs to.
   * @throws RecordProblem; the buffer may then hold part of a body, the caller takes it back.
   */
  encode(value: unknown, now: EpochMs, bufferFor: (hash: number) => ShardBuffer): void {
    const given = readGivenRecord(value, this.#facts)
    const hash = orderHash(given.orderKey)
    const buffer = bufferFor(hash)
    const { writer } = buffer
    const start = writer.position
    writer.jsonBytes = this.#envelopeJsonBytes
    writer.isExact = true
    const createdAt = given.createdAt ?? Math.floor(now / 1000)
    const flags = EVENT_NAMES.indexOf(given.eventName) | (given.identity ? FLAG_IDENTITY : 0)
    writer.byte(flags)
    if (given.identity) writer.byte(PAIR)
    const size = this.#dynamodb(writer, given, createdAt)
    if (given.identity) identity(writer, given.identity)
    if (!writer.isExact) this.#rewriteAsJson(writer, given, { start, flags, createdAt, size })
    if (writer.jsonBytes > EMBEDDED_RECORD_BYTES_MAX) throw tooLarge()
    buffer.append(hash, now, writer.jsonBytes)
  }

  /** @returns SizeBytes. */
  #dynamodb(writer: BodyWriter, given: GivenRecord, createdAt: number): number {
    const hasNew = this.#carriesNew && given.newImage !== undefined
    const hasOld = this.#carriesOld && given.oldImage !== undefined
    writer.structure(dynamodbStructureId(hasNew, hasOld))
    writer.number(createdAt)
    let size = this.#walk.attributes(writer, given.keys, 'Keys')
    if (given.newImage !== undefined)
      size += this.#image(writer, given.newImage, 'NewImage', hasNew)
    if (given.oldImage !== undefined)
      size += this.#image(writer, given.oldImage, 'OldImage', hasOld)
    writer.byte(NIL)
    writer.number(size)
    writer.byte(NIL)
    return size
  }

  /** An image that the view type does not carry is checked like any other, and taken back. */
  #image(
    writer: BodyWriter,
    image: unknown,
    name: 'NewImage' | 'OldImage',
    isCarried: boolean,
  ): number {
    const { position, jsonBytes, isExact } = writer
    const size = this.#walk.attributes(writer, image, name)
    if (isCarried) {
      writer.jsonBytes += name.length + 4
      return size
    }
    writer.position = position
    writer.jsonBytes = jsonBytes
    writer.isExact = isExact
    return 0
  }

  #rewriteAsJson(
    writer: BodyWriter,
    given: GivenRecord,
    body: {
      readonly start: number
      readonly flags: number
      readonly createdAt: number
      readonly size: number
    },
  ): void {
    const dynamodb = {
      ApproximateCreationDateTime: body.createdAt,
      Keys: given.keys,
      ...(this.#carriesNew && given.newImage !== undefined ? { NewImage: given.newImage } : {}),
      ...(this.#carriesOld && given.oldImage !== undefined ? { OldImage: given.oldImage } : {}),
      SequenceNumber: null,
      SizeBytes: body.size,
      StreamViewType: null,
    }
    writer.position = body.start
    writer.byte(body.flags | FLAG_JSON)
    writer.utf8(JSON.stringify(given.identity ? [dynamodb, given.identity] : dynamodb))
  }
}

function identity(writer: BodyWriter, identity: NonNullable<GivenRecord['identity']>): void {
  writer.map(2)
  writer.jsonBytes += ',"userIdentity":{'.length
  writer.text('type')
  writer.jsonBytes += 1
  writer.text(identity.type)
  writer.jsonBytes += 1
  writer.text('principalId')
  writer.jsonBytes += 1
  writer.text(identity.principalId)
  writer.jsonBytes += 1
}
