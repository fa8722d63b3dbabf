import { unreachable } from '../invariant.ts'
import { type Conjunction, type Leaf, leavesOf, type Operator } from './pattern.ts'
import { compileValueTest, type ValueTest } from './value-test.ts'

/** All fields that the patterns of a filter look at. */
export type FieldTree = {
  /** Members of the event. */
  readonly members: readonly FieldNode[]
  readonly slotCount: number
}

/** A field of the event that patterns look at, or one on the way to such. */
export type FieldNode = {
  readonly name: string
  /** Absent where no leaf stands here. */
  readonly leaf?: FieldLeaf
  readonly members: readonly FieldNode[]
}

/** A field that leaves of the patterns test. */
export type FieldLeaf = {
  /** Where its value belongs in {@link FieldValues}. */
  readonly slot: number
  /** The texts that the leaves tell apart; absent where they look into texts. */
  readonly texts?: FieldTexts
  /** What a scalar here must pass, or no pattern matches, whatever else the event holds. Absent where it may be anything. */
  readonly mustPass?: ValueTest
}

/** Any text that is not among `known` may be given as `other`. */
export type FieldTexts = { readonly known: readonly string[]; readonly other: string }

/**
 * The values of a tree's fields, by slot: a scalar; a list of scalars; `undefined` where nothing stands, or an object;
 * {@link BEHIND_LIST} where a list stands on the way, or at the field itself one that holds more than scalars.
 */
export type FieldValues = readonly unknown[]

/** Fields behind a list are many: only the whole event says which of them belong together. */
export const BEHIND_LIST = Symbol('behind a list')

/** More texts than these are not compared one by one. */
const TEXTS_MAX = 8

/** The fields that any of these patterns looks at. */
export function fieldTreeOf(patterns: readonly Conjunction[]): FieldTree {
  const root = newDraft('')
  for (const leaf of patterns.flatMap(leavesOf)) {
    let draft = root
    for (const name of leaf.path) {
      const below = draft.members.get(name) ?? newDraft(name)
      draft.members.set(name, below)
      draft = below
    }
    draft.leaves.push(leaf)
  }
  let slotCount = 0
  const finish = ({ name, leaves, members }: Draft): FieldNode => ({
    name,
    ...(leaves.length === 0 ? {} : { leaf: fieldLeafOf(leaves, patterns, slotCount++) }),
    members: [...members.values()].map(finish),
  })
  return { members: finish(root).members, slotCount }
}

/** A node while leaves are added to it. */
type Draft = {
  readonly name: string
  readonly leaves: Leaf[]
  readonly members: Map<string, Draft>
}

const newDraft = (name: string): Draft => ({ name, leaves: [], members: new Map() })

function fieldLeafOf(
  leaves: readonly Leaf[],
  patterns: readonly Conjunction[],
  slot: number,
): FieldLeaf {
  const texts = textsOf(leaves.flatMap(({ operators }) => operators))
  // Alone in its pattern's conjunction, a leaf that fails is a pattern that fails.
  const own = patterns.flatMap((pattern) => pattern.leaves.filter((leaf) => leaves.includes(leaf)))
  const tests = own.map(({ operators }) => compileValueTest(operators))
  const mustPass = tests.length === patterns.length ? anyOf(tests) : undefined
  return { slot, ...(texts ? { texts } : {}), ...(mustPass ? { mustPass } : {}) }
}

function anyOf(tests: readonly ValueTest[]): ValueTest {
  const [first, ...others] = tests
  if (first !== undefined && others.length === 0) return first
  return (value) => tests.some((test) => test(value))
}

function textsOf(operators: readonly Operator[]): FieldTexts | undefined {
  const known = new Set<string>()
  for (const operator of operators) {
    switch (operator.type) {
      case 'equals':
        if (typeof operator.value === 'string') known.add(operator.value)
        break
      case 'anything-but':
        for (const value of operator.values) if (typeof value === 'string') known.add(value)
        break
      case 'numeric':
      case 'exists':
        break
      case 'equals-ignore-case':
      case 'prefix':
      case 'suffix':
        return undefined
      default:
        return unreachable(operator)
    }
  }
  if (known.size > TEXTS_MAX || ![...known].every(hasOwnBytes)) return undefined
  let other = 'other'
  while (known.has(other)) other += '.'
  return { known: [...known], other }
}

/** Whether one sequence of bytes alone is read as this text: those that are no UTF-8 are read as U+FFFD. */
export function hasOwnBytes(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd')
}

/** Slots of the fields of a tree, or of a part of it. */
export function slotsOf({ leaf, members }: Pick<FieldNode, 'leaf' | 'members'>): readonly number[] {
  return [...(leaf ? [leaf.slot] : []), ...members.flatMap(slotsOf)]
}

/** The slot of a leaf's path. */
export function slotAt(tree: FieldTree, path: readonly string[]): number {
  let node: Pick<FieldNode, 'leaf' | 'members'> = { members: tree.members }
  for (const name of path) node = node.members.find((member) => member.name === name)!
  return node.leaf!.slot
}
