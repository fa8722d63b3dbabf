import { type Conjunction, type Leaf, pathText } from './pattern.ts'
import { acceptsAbsence, compileValueTest, isScalar, type ValueTest } from './value-test.ts'

type SoughtLeaf = {
  readonly path: readonly string[]
  readonly test: ValueTest
  readonly acceptsAbsence: boolean
}

/** Leaves that must hold together, in order of their paths. */
type Branch = readonly SoughtLeaf[]

/**
 * The whole rule for events with lists on the way to a leaf. A leaf looks into every element; but leaves that meet the
 * same list must hold in one and the same element of it.
 *
 * Leaves choose their elements in order of their paths, and `{"exists":false}` looks only at the elements that leaves
 * before it have chosen. That is how AWS's engine does it; so `a` absent and `b` given in one element match
 * differently from `a` given and `b` absent.
 *
 * @cost Leaves times values of the event, for each list on the way; never elements of one list times those of another.
 * @source aws-semantics §7.3 (arrays, `exists`)
 */
export function compileElementSearch(root: Conjunction): (event: unknown) => boolean {
  let branches: readonly Branch[] | undefined
  return (event) => {
    branches ??= branchesOf(root)
    return branches.some((branch) => holds(event, branch, 0))
  }
}

function branchesOf(root: Conjunction): readonly Branch[] {
  const sought = new Map<Leaf, SoughtLeaf>()
  const seek = (leaf: Leaf): SoughtLeaf => {
    const known = sought.get(leaf) ?? {
      path: leaf.path,
      test: compileValueTest(leaf.operators),
      acceptsAbsence: acceptsAbsence(leaf.operators),
    }
    sought.set(leaf, known)
    return known
  }
  return waysThrough(root).map((leaves) => leaves.toSorted(byPath).map(seek))
}

/** Every way to take one branch of each choice, as the leaves that then must hold. */
function waysThrough({ leaves, choices }: Conjunction): readonly (readonly Leaf[])[] {
  let ways: readonly (readonly Leaf[])[] = [leaves]
  for (const { branches } of choices) {
    const below = branches.flatMap(waysThrough)
    ways = ways.flatMap((way) => below.map((more) => [...way, ...more]))
  }
  return ways
}

function byPath(a: Leaf, b: Leaf): number {
  const [first, second] = [pathText(a.path), pathText(b.path)]
  return first < second ? -1 : first > second ? 1 : 0
}

/** Whether all of `leaves` hold at `value`, to which the first `depth` names of their paths have led. */
function holds(value: unknown, leaves: Branch, depth: number): boolean {
  if (Array.isArray(value)) return holdsInList(value, leaves, depth)
  if (typeof value === 'object' && value !== null) {
    return holdsInObject(value as Members, leaves, depth)
  }
  return leaves.every((leaf) =>
    leaf.path.length === depth && isScalar(value) ? leaf.test(value) : leaf.acceptsAbsence,
  )
}

function holdsInObject(value: Members, leaves: Branch, depth: number): boolean {
  const shared = leaves[0]?.path[depth]
  if (shared !== undefined && leaves.every(({ path }) => path[depth] === shared)) {
    return holds(memberOf(value, shared), leaves, depth + 1)
  }
  const byName = new Map<string, SoughtLeaf[]>()
  for (const leaf of leaves) {
    const name = leaf.path[depth]
    if (name === undefined) {
      // A leaf of the event is never an object.
      if (!leaf.acceptsAbsence) return false
      continue
    }
    const group = byName.get(name)
    if (group === undefined) byName.set(name, [leaf])
    else group.push(leaf)
  }
  for (const [name, group] of byName) {
    if (!holds(memberOf(value, name), group, depth + 1)) return false
  }
  return true
}

type Members = Readonly<Record<string, unknown>>

function memberOf(value: Members, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function holdsInList(list: readonly unknown[], leaves: Branch, depth: number): boolean {
  const present: SoughtLeaf[] = []
  for (const leaf of leaves) {
    if (list.some((element) => hasField(element, leaf.path, depth))) present.push(leaf)
    else if (!leaf.acceptsAbsence) return false
  }
  const [first, ...later] = present
  if (first === undefined) return true
  // A value directly in the list satisfies its leaf without choosing an element for the others.
  const isDirect =
    first.path.length === depth && list.some((element) => isScalar(element) && first.test(element))
  if (isDirect && holdsInList(list, later, depth)) return true
  // No element is chosen yet and the field is there, so it cannot count as absent: it must match, and it chooses.
  const together = [{ ...first, acceptsAbsence: false }, ...later]
  return list.some((element) => isNested(element) && holds(element, together, depth))
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/** Whether any value stands where the path leads from here, in whichever elements. */
function hasField(value: unknown, path: readonly string[], depth: number): boolean {
  if (Array.isArray(value)) return value.some((element) => hasField(element, path, depth))
  const name = path[depth]
  if (name === undefined) return isScalar(value)
  if (typeof value !== 'object' || value === null) return false
  return hasField(memberOf(value as Members, name), path, depth + 1)
}
