// hot path: bench/micro/filter
import {
  BEHIND_LIST,
  type FieldLeaf,
  type FieldNode,
  slotsOf,
} from '../../core/filter/field-tree.ts'
import { type BodyCursor, type BodyTexts, bodyTextsOf, OddBodyError } from './body-cursor.ts'

/** A field that a filter looks at, prepared for bodies. */
export type BodyField = {
  readonly name: string
  readonly leaf: FieldLeaf | undefined
  readonly texts: BodyTexts | undefined
  readonly members: readonly BodyField[]
  /** Its own and those below. */
  readonly slots: readonly number[]
  /** By structure id, made when such an object is first met here. */
  readonly plans: (Plan | undefined)[]
}

/** How to go through the values of an object. */
type Plan = {
  readonly stops: readonly { readonly passed: number; readonly member: BodyField }[]
  /** Values behind the last stop. */
  readonly rest: number
}

export function bodyFieldOf(node: FieldNode): BodyField {
  const { name, leaf, members } = node
  const texts = leaf?.texts && bodyTextsOf(leaf.texts)
  return { name, leaf, texts, members: members.map(bodyFieldOf), slots: slotsOf(node), plans: [] }
}

/** How reading went. */
export type Reading = typeof READ | typeof REJECTED | typeof NO_OBJECT
/** All was read, and the cursor stands behind it. Slots of fields that are not there are as they were. */
export const READ = 0
/** A field holds what no pattern matches; nothing more was read. */
export const REJECTED = 1
/** Something else stands there; the cursor did not move. */
export const NO_OBJECT = 2

/**
 * Reads the fields below `field` out of the object that the cursor stands at.
 * @throws OddBodyError
 */
export function readBodyObject(cursor: BodyCursor, field: BodyField, values: unknown[]): Reading {
  const id = cursor.enterStructure()
  if (id >= 0) return readStructure(cursor, id, field, values)
  const pairs = cursor.enterMap()
  return pairs < 0 ? NO_OBJECT : readMap(cursor, pairs, field, values)
}

function readField(cursor: BodyCursor, field: BodyField, values: unknown[]): Reading {
  const { leaf } = field
  if (leaf !== undefined) {
    const scalar = cursor.readScalar(field.texts)
    if (scalar !== undefined) {
      values[leaf.slot] = scalar
      return leaf.mustPass === undefined || leaf.mustPass(scalar) ? READ : REJECTED
    }
    if (field.members.length === 0) {
      const list = cursor.readScalars(field.texts)
      if (list === undefined) cursor.pass(1)
      else values[leaf.slot] = list
      return READ
    }
  }
  const reading = readBodyObject(cursor, field, values)
  if (reading !== NO_OBJECT) return reading
  if (cursor.isAtList()) for (const slot of field.slots) values[slot] = BEHIND_LIST
  cursor.pass(1)
  return READ
}

function readStructure(
  cursor: BodyCursor,
  id: number,
  field: BodyField,
  values: unknown[],
): Reading {
  const { stops, rest } = field.plans[id] ?? planOf(cursor.namesOf(id), field, id)
  for (let i = 0; i < stops.length; i++) {
    const { passed, member } = stops[i]!
    cursor.pass(passed)
    if (readField(cursor, member, values) === REJECTED) return REJECTED
  }
  cursor.pass(rest)
  return READ
}

function planOf(names: readonly string[], field: BodyField, id: number): Plan {
  const stops: { passed: number; member: BodyField }[] = []
  let passed = 0
  for (const name of names) {
    const member = field.members.find((member) => member.name === name)
    if (member) {
      stops.push({ passed, member })
      passed = 0
    } else passed++
  }
  const plan = { stops, rest: passed }
  field.plans[id] = plan
  return plan
}

function readMap(cursor: BodyCursor, pairs: number, field: BodyField, values: unknown[]): Reading {
  const names = new Set<string>()
  for (let i = 0; i < pairs; i++) {
    const name = cursor.readText()
    // The decoder's package renames the one, and takes the last of the other: neither is ever written.
    if (name === '__proto__' || names.has(name)) throw new OddBodyError(`an odd name: ${name}`)
    names.add(name)
    const member = field.members.find((member) => member.name === name)
    if (member === undefined) cursor.pass(1)
    else if (readField(cursor, member, values) === REJECTED) return REJECTED
  }
  return READ
}
