// hot path: bench/micro/segment
import type { BodyWriter } from '../../codec/segment/body-writer.ts'
import { ATTRIBUTE_TYPES, type StructureTable } from '../../codec/segment/structure-table.ts'
import { maybeBinaryBytes, maybeNumberBytes } from '../../core/record/attribute-size.ts'
import {
  ATTRIBUTE_DEPTH_MAX,
  EMBEDDED_RECORD_BYTES_MAX,
} from '../../core/record/embedded-limits.ts'

/** Why a record is refused; what refuses it knows the record's number. */
export class RecordProblem extends Error {
  override readonly name = 'RecordProblem'
}

const [S, N, B, SS, NS, BS, M, L, NULL, BOOL] = ATTRIBUTE_TYPES.map((_, id) => id) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]
/** `{"S":` and `}` */
const memberJsonBytes = ATTRIBUTE_TYPES.map((type) => type.length + 5)
const TRUE = 0xc3
const FALSE = 0xc2
/** DynamoDB counts three bytes for each list and map, and one for each element. @source DynamoDB's item size rules */
const CONTAINER_BYTES = 3
const NAME_SHOWN_MAX = 100

/** A record beyond the limit: noticed while it is walked, so that nobody encodes the rest of it. */
export function tooLarge(): RecordProblem {
  return new RecordProblem(`has more than ${EMBEDDED_RECORD_BYTES_MAX} bytes as JSON`)
}

/** Whether a value is an object with members, as JSON has them. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Checks attribute values, writes them as msgpack, and adds up their JSON bytes (in the writer) and their size by
 * DynamoDB's item size rules (returned): one walk for all three.
 */
export class AttributeWalk {
  readonly #structures: StructureTable
  /** Names on the way to the value at hand, by depth. */
  readonly #path: string[] = []

  constructor(structures: StructureTable) {
    this.#structures = structures
  }

  /**
   * `Keys` or an image.
   * @returns DynamoDB's size. @unit bytes
   * @throws RecordProblem
   */
  attributes(writer: BodyWriter, map: unknown, name: string): number {
    this.#path[0] = name
    return this.#map(writer, map, 0)
  }

  #map(writer: BodyWriter, map: unknown, depth: number): number {
    if (!isMap(map)) this.#refuse(depth, 'must be an object of attribute values')
    const names = Object.keys(map)
    const count = names.length
    writer.jsonBytes += 2
    const shape = this.#structures.find(names)
    if (!shape) return this.#unsharedMap(writer, map, { names, depth })
    writer.structure(shape.id)
    writer.jsonBytes += shape.jsonBytes
    let size = shape.nameBytes
    for (let i = 0; i < count; i++) {
      const name = names[i]!
      size += this.#value(writer, map[name], name, depth + 1)
    }
    return size
  }

  #unsharedMap(
    writer: BodyWriter,
    map: Record<string, unknown>,
    { names, depth }: { readonly names: readonly string[]; readonly depth: number },
  ): number {
    writer.map(names.length)
    if (names.length > 0) writer.jsonBytes += names.length - 1
    let size = 0
    for (const name of names) {
      // The decoder's package renames this one.
      if (name === '__proto__') writer.isExact = false
      writer.text(name)
      writer.jsonBytes += 1
      size += writer.textBytes + this.#value(writer, map[name], name, depth + 1)
    }
    return size
  }

  #value(writer: BodyWriter, value: unknown, name: string, depth: number): number {
    this.#path[depth] = name
    if (writer.jsonBytes > EMBEDDED_RECORD_BYTES_MAX) throw tooLarge()
    if (typeof value !== 'object' || value === null)
      this.#refuse(depth, 'must be an attribute value')
    let type = ''
    for (const member in value) {
      if (type !== '') this.#refuse(depth, `must have one member, has ${type} and ${shown(member)}`)
      type = member
    }
    switch (type) {
      case 'S': {
        const text = (value as { S: unknown }).S
        if (typeof text !== 'string') this.#refuse(depth, 'S must be a string')
        this.#open(writer, S)
        writer.text(text)
        return writer.textBytes
      }
      case 'N':
        return this.#number(writer, (value as { N: unknown }).N, N, depth)
      case 'B':
        return this.#binary(writer, (value as { B: unknown }).B, B, depth)
      case 'BOOL': {
        const flag = (value as { BOOL: unknown }).BOOL
        if (typeof flag !== 'boolean') this.#refuse(depth, 'BOOL must be true or false')
        this.#open(writer, BOOL)
        writer.byte(flag ? TRUE : FALSE)
        writer.jsonBytes += flag ? 4 : 5
        return 1
      }
      case 'NULL':
        if ((value as { NULL: unknown }).NULL !== true) this.#refuse(depth, 'NULL must be true')
        this.#open(writer, NULL)
        writer.byte(TRUE)
        writer.jsonBytes += 4
        return 1
      default:
        return this.#container(writer, value as Record<string, unknown>, type, depth)
    }
  }

  #container(
    writer: BodyWriter,
    value: Record<string, unknown>,
    type: string,
    depth: number,
  ): number {
    switch (type) {
      case 'M': {
        this.#checkDepth(depth)
        this.#open(writer, M)
        const map = value['M']
        const size = this.#map(writer, map, depth)
        return size + CONTAINER_BYTES + Object.keys(map as object).length
      }
      case 'L': {
        this.#checkDepth(depth)
        const list = value['L']
        if (!Array.isArray(list)) this.#refuse(depth, 'L must be a list')
        this.#open(writer, L)
        this.#listHead(writer, list)
        let size = CONTAINER_BYTES + list.length
        for (let i = 0; i < list.length; i++) {
          size += this.#value(writer, list[i], String(i), depth + 1)
        }
        return size
      }
      case 'SS':
      case 'NS':
      case 'BS':
        return this.#set(writer, value[type], type, depth)
      case '':
        return this.#refuse(depth, 'must be an attribute value, is empty')
      default:
        return this.#refuse(depth, `has the unknown type ${shown(type)}`)
    }
  }

  #set(writer: BodyWriter, set: unknown, type: 'SS' | 'NS' | 'BS', depth: number): number {
    if (!Array.isArray(set) || set.length === 0) {
      this.#refuse(depth, `${type} must be a list of one value or more`)
    }
    this.#open(writer, type === 'SS' ? SS : type === 'NS' ? NS : BS)
    this.#listHead(writer, set)
    let size = 0
    for (const element of set) {
      if (type === 'NS') size += this.#number(writer, element, undefined, depth)
      else if (type === 'BS') size += this.#binary(writer, element, undefined, depth)
      else {
        if (typeof element !== 'string') this.#refuse(depth, 'SS must be a list of strings')
        writer.text(element)
        size += writer.textBytes
      }
    }
    return size
  }

  #number(writer: BodyWriter, text: unknown, type: number | undefined, depth: number): number {
    const size = typeof text === 'string' ? maybeNumberBytes(text) : undefined
    if (size === undefined) this.#refuse(depth, 'a number must be a string of decimal digits')
    if (type !== undefined) this.#open(writer, type)
    writer.text(text as string)
    return size
  }

  #binary(writer: BodyWriter, text: unknown, type: number | undefined, depth: number): number {
    const size = typeof text === 'string' ? maybeBinaryBytes(text) : undefined
    if (size === undefined) this.#refuse(depth, 'a binary must be a string of base64')
    if (type !== undefined) this.#open(writer, type)
    writer.text(text as string)
    return size
  }

  #open(writer: BodyWriter, type: number): void {
    writer.structure(type)
    writer.jsonBytes += memberJsonBytes[type]!
  }

  #listHead(writer: BodyWriter, list: readonly unknown[]): void {
    writer.list(list.length)
    writer.jsonBytes += 2 + Math.max(0, list.length - 1)
  }

  #checkDepth(depth: number): void {
    if (depth > ATTRIBUTE_DEPTH_MAX) {
      this.#refuse(1, `is nested more than ${ATTRIBUTE_DEPTH_MAX} levels deep`)
    }
  }

  #refuse(depth: number, reason: string): never {
    const path = this.#path.slice(0, depth + 1).map(shown)
    throw new RecordProblem(`dynamodb.${path.join('.')} ${reason}`)
  }
}

/** A name as an error may show it: short, and without control characters. */
export function shown(name: string): string {
  const short = name.length > NAME_SHOWN_MAX ? `${name.slice(0, NAME_SHOWN_MAX)}…` : name
  return /^[\w$-]+$/.test(short) ? short : JSON.stringify(short).replace(/\x7f/g, '\\u007f')
}
