// hot path: bench/micro/segment
import {
  SHARED_STRUCTURES_MAX,
  STRUCTURE_CHARACTERS_MAX,
  STRUCTURE_NAMES_MAX,
} from '../../core/record/embedded-limits.ts'

/** Names of an object, in order: what bodies of one shape share. */
export type Structure = readonly string[]

const DYNAMODB_MEMBERS = [
  'ApproximateCreationDateTime',
  'Keys',
  'NewImage',
  'OldImage',
  'SequenceNumber',
  'SizeBytes',
  'StreamViewType',
]

/** Attribute value types, in the order of their structure ids. */
export const ATTRIBUTE_TYPES = ['S', 'N', 'B', 'SS', 'NS', 'BS', 'M', 'L', 'NULL', 'BOOL'] as const
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number]

const DYNAMODB_FIRST_ID = ATTRIBUTE_TYPES.length

/** Structures of every stream, part of format version 1; those a stream learns come after them. */
export const BASE_STRUCTURES: readonly Structure[] = [
  ...ATTRIBUTE_TYPES.map((type) => [type]),
  DYNAMODB_MEMBERS.filter((name) => !name.endsWith('Image')),
  DYNAMODB_MEMBERS.filter((name) => name !== 'OldImage'),
  DYNAMODB_MEMBERS.filter((name) => name !== 'NewImage'),
  DYNAMODB_MEMBERS,
]

/** Structure id of the `dynamodb` object with these images. */
export function dynamodbStructureId(hasNewImage: boolean, hasOldImage: boolean): number {
  return DYNAMODB_FIRST_ID + (hasNewImage ? 1 : 0) + (hasOldImage ? 2 : 0)
}

/** A structure that a body may refer to, with what its names weigh. */
export type Shape = {
  readonly id: number
  /** UTF-8 bytes of the names. */
  readonly nameBytes: number
  /** Bytes of `"name":` for all names, and of the commas between. */
  readonly jsonBytes: number
}

type Node = {
  readonly children: Map<string, Node>
  /** The child taken last: records come in runs of one shape, and then no map is asked. */
  lastName: string | undefined
  lastNode: Node | undefined
  shape: Shape | undefined
  seen: boolean
}

const createNode = (): Node => ({
  children: new Map(),
  lastName: undefined,
  lastNode: undefined,
  shape: undefined,
  seen: false,
})

/** Names walked but not shared, before they are forgotten. @unit UTF-16 units, about */
const CANDIDATE_CHARACTERS_MAX = 256 * 1024
const NODE_CHARACTERS = 32

/**
 * The append-only table of a stream's shared structures, on the writing side.
 *
 * A list of names is shared when it is met for the second time, so that maps with names made from data do not use
 * the table up; what is met once is remembered within a bound only.
 */
export class StructureTable {
  readonly #structures: Structure[]
  #root = createNode()
  #candidateCharacters = 0

  /** @param learned What earlier runs of this stream learned, without {@link BASE_STRUCTURES}. */
  constructor(learned: readonly Structure[]) {
    this.#structures = [...BASE_STRUCTURES, ...learned]
    this.#rebuild()
  }

  /** All structures by id. */
  get structures(): readonly Structure[] {
    return this.#structures
  }

  /** The shape with exactly these names in this order, or `undefined` where it is not shared (yet). */
  find(names: readonly string[]): Shape | undefined {
    if (names.length === 0 || names.length > STRUCTURE_NAMES_MAX) return undefined
    let node = this.#root
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      if (node.lastName !== name) {
        const child = node.children.get(name) ?? this.#grow(node, name)
        if (!child) return undefined
        node.lastName = name
        node.lastNode = child
      }
      node = node.lastNode!
    }
    return node.shape ?? this.#learn(node, names)
  }

  #grow(parent: Node, name: string): Node | undefined {
    // The decoder's package renames this one: such objects are never shared, their bodies are JSON.
    if (name === '__proto__') return undefined
    if (this.#structures.length >= SHARED_STRUCTURES_MAX) return undefined
    this.#candidateCharacters += NODE_CHARACTERS + name.length
    if (this.#candidateCharacters > CANDIDATE_CHARACTERS_MAX) {
      this.#rebuild()
      return undefined
    }
    const node = createNode()
    parent.children.set(name, node)
    return node
  }

  #learn(node: Node, names: readonly string[]): Shape | undefined {
    if (!node.seen) {
      node.seen = true
      return undefined
    }
    if (this.#structures.length >= SHARED_STRUCTURES_MAX) return undefined
    let characters = 0
    for (const name of names) characters += name.length
    if (characters > STRUCTURE_CHARACTERS_MAX) return undefined
    node.shape = shapeOf(this.#structures.length, names)
    this.#structures.push([...names])
    return node.shape
  }

  #rebuild(): void {
    this.#root = createNode()
    this.#candidateCharacters = 0
    // The base structures stay out: no attribute map may look like a `dynamodb` object to the walk.
    for (let id = BASE_STRUCTURES.length; id < this.#structures.length; id++) {
      const names = this.#structures[id]!
      let node = this.#root
      for (const name of names) {
        const child: Node = node.children.get(name) ?? createNode()
        node.children.set(name, child)
        node = child
      }
      node.shape = shapeOf(id, names)
    }
  }
}

function shapeOf(id: number, names: readonly string[]): Shape {
  let nameBytes = 0
  let jsonBytes = names.length - 1
  for (const name of names) {
    nameBytes += Buffer.byteLength(name)
    jsonBytes += Buffer.byteLength(JSON.stringify(name)) + 1
  }
  return { id, nameBytes, jsonBytes }
}
