// hot path: bench/micro/filter
import {
  BEHIND_LIST,
  type FieldLeaf,
  type FieldNode,
  slotsOf,
} from '../../core/filter/field-tree.ts'
import type { Filter } from '../../core/filter/filter.ts'
import { RECORD_MEMBERS, STREAM_RECORD_MEMBERS } from './decode-record.ts'
import { JsonCursor, MalformedJsonError } from './json-cursor.ts'
import { type JsonName, jsonName } from './json-name.ts'

/** A field that the filter looks at, prepared for JSON. */
type JsonField = {
  readonly name: JsonName
  readonly leaf: FieldLeaf | undefined
  /** The texts that the filter tells apart; `undefined` where it looks into them. */
  readonly texts: readonly JsonName[] | undefined
  readonly members: readonly JsonField[]
  /** Its own and those below. */
  readonly slots: readonly number[]
  /** The record, by {@link RecordMatcher}'s count, in which it was met last. */
  metIn: number
}

const DYNAMODB = jsonName('dynamodb')
const USER_IDENTITY = jsonName('userIdentity')

/**
 * Matches records of GetRecords answers against a filter: reads the fields that it looks at, and passes everything else
 * by. Says what `filter.matches` would say of the record as `decodeDynamoDbRecord` gives it.
 */
export class RecordMatcher {
  readonly #filter: Filter
  readonly #cursor = new JsonCursor(new Uint8Array(0))
  /** What stands in every record. */
  readonly #constant: readonly unknown[]
  readonly #values: unknown[]
  readonly #members: readonly JsonField[]
  readonly #dynamodb: readonly JsonField[]
  readonly #looksAtIdentity: boolean
  #record = 0

  constructor(filter: Filter, eventSourceArn: string) {
    const { members, slotCount } = filter.fields
    const memberNamed = (name: string) => members.find((member) => member.name === name)
    const constant: unknown[] = new Array(slotCount).fill(undefined)
    const arn = memberNamed('eventSourceARN')?.leaf
    if (arn) constant[arn.slot] = eventSourceArn
    this.#filter = filter
    this.#constant = constant
    this.#values = constant.slice()
    this.#members = jsonFieldsOf(members, RECORD_MEMBERS)
    this.#dynamodb = jsonFieldsOf(memberNamed('dynamodb')?.members ?? [], STREAM_RECORD_MEMBERS)
    this.#looksAtIdentity = memberNamed('userIdentity') !== undefined
  }

  /**
   * @param bytes The record is `bytes[start..end)`.
   * @returns `undefined` where only the decoded record can tell: it has a name twice, is no JSON, or has an identity
   *   where the filter looks at it; and for lists.
   */
  match(bytes: Uint8Array, start: number, end: number): boolean | undefined {
    const values = this.#values
    const constant = this.#constant
    for (let i = 0; i < constant.length; i++) values[i] = constant[i]
    this.#record++
    this.#cursor.begin(bytes, start)
    try {
      if (!this.#readRecord() || this.#cursor.at !== end) return undefined
    } catch (error) {
      if (!(error instanceof MalformedJsonError)) throw error
      return undefined
    }
    nullIsAbsent(this.#members, values)
    nullIsAbsent(this.#dynamodb, values)
    return this.#filter.matchesFields(values)
  }

  /** @returns false where it takes the decoded record. */
  #readRecord(): boolean {
    const cursor = this.#cursor
    let hasBody = false
    if (!cursor.enterObject()) return false
    do {
      cursor.readName()
      if (cursor.textIs(DYNAMODB)) {
        if (hasBody || cursor.valueAhead() !== 'object') return false
        hasBody = true
        this.#readObject(this.#dynamodb)
      } else if (this.#looksAtIdentity && cursor.textIs(USER_IDENTITY)) return false
      else this.#readMember(this.#members)
    } while (cursor.nextMember())
    return hasBody
  }

  #readObject(fields: readonly JsonField[]): void {
    const cursor = this.#cursor
    if (fields.length === 0) return cursor.skipValue()
    if (!cursor.enterObject()) return
    do {
      cursor.readName()
      this.#readMember(fields)
    } while (cursor.nextMember())
  }

  /** Reads the value of the name that the cursor has read. */
  #readMember(fields: readonly JsonField[]): void {
    const cursor = this.#cursor
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      if (!cursor.textIs(field.name)) continue
      // The last one would count.
      if (field.metIn === this.#record) throw cursor.malformed('a name twice')
      field.metIn = this.#record
      return this.#readField(field)
    }
    cursor.skipValue()
  }

  #readField(field: JsonField): void {
    const cursor = this.#cursor
    const { leaf, members } = field
    switch (cursor.valueAhead()) {
      case 'object':
        return this.#readObject(members)
      case 'array':
        if (leaf !== undefined && members.length === 0) this.#values[leaf.slot] = this.#list(field)
        else {
          for (const slot of field.slots) this.#values[slot] = BEHIND_LIST
          cursor.skipValue()
        }
        return
      default:
        if (leaf === undefined) cursor.skipValue()
        else this.#values[leaf.slot] = this.#scalar(field)
    }
  }

  #list(field: JsonField): readonly unknown[] | typeof BEHIND_LIST {
    const cursor = this.#cursor
    const list: unknown[] = []
    let isFlat = true
    if (!cursor.enterArray()) return list
    do {
      const ahead = cursor.valueAhead()
      if (ahead === 'object' || ahead === 'array') {
        isFlat = false
        cursor.skipValue()
      } else list.push(this.#scalar(field))
    } while (cursor.nextElement())
    return isFlat ? list : BEHIND_LIST
  }

  #scalar({ leaf, texts }: JsonField): unknown {
    const cursor = this.#cursor
    if (cursor.valueAhead() !== 'string') return cursor.readPlain()
    cursor.readString()
    if (texts === undefined) return cursor.text()
    for (let i = 0; i < texts.length; i++) if (cursor.textIs(texts[i]!)) return texts[i]!.text
    return leaf!.texts!.other
  }
}

/** Those of the fields that the decoder takes over. */
function jsonFieldsOf(nodes: readonly FieldNode[], taken: readonly string[]): readonly JsonField[] {
  return nodes.filter(({ name }) => taken.includes(name)).map(jsonFieldOf)
}

function jsonFieldOf(node: FieldNode): JsonField {
  const { name, leaf, members } = node
  return {
    name: jsonName(name),
    leaf,
    texts: leaf?.texts?.known.map(jsonName),
    members: members.map(jsonFieldOf),
    slots: slotsOf(node),
    metIn: 0,
  }
}

/** As the decoder has it for its own members. */
function nullIsAbsent(fields: readonly JsonField[], values: unknown[]): void {
  for (const { leaf } of fields) {
    if (leaf !== undefined && values[leaf.slot] === null) values[leaf.slot] = undefined
  }
}
