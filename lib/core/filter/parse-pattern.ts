import { FILTER_BRANCHES_MAX, FILTER_PATTERN_LENGTH_MAX } from '../limits.ts'
import { type JsonTree, readJsonTree } from './json-tree.ts'
import { parseOperator } from './parse-operator.ts'
import { type Choice, type Conjunction, type Leaf, leavesOf, pathText } from './pattern.ts'
import { PatternRefusal } from './pattern-refusal.ts'

/** A pattern that AWS's table allows, or where and why it is refused: facts for the log, not for the API's answer. */
export type ParsedPattern =
  | { readonly type: 'parsed'; readonly root: Conjunction }
  /** `path` is names joined by dots, empty for the pattern as a whole. */
  | { readonly type: 'refused'; readonly path: string; readonly reason: string }

/**
 * Reads the text of a `Pattern`.
 *
 * @source aws-semantics §7.1 (length), §7.2, §7.3; D13 (nothing but the guide's table), D14 (`{}`)
 */
export function parsePattern(text: string): ParsedPattern {
  try {
    return { type: 'parsed', root: parse(text) }
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error
    return { type: 'refused', path: error.path, reason: error.message }
  }
}

function parse(text: string): Conjunction {
  if (text.length > FILTER_PATTERN_LENGTH_MAX) {
    throw new PatternRefusal([], `longer than ${FILTER_PATTERN_LENGTH_MAX} characters`)
  }
  const tree = readTree(text)
  if (tree.type !== 'object') throw new PatternRefusal([], 'the pattern is not an object')
  const root = parseObject(tree, { path: [], isInBranch: false })
  refuseRepeatedPaths(root)
  refuseTwoMeaningsOfOr(root)
  const branches = countBranches(root)
  if (branches > FILTER_BRANCHES_MAX) {
    throw new PatternRefusal([], `more than ${FILTER_BRANCHES_MAX} combinations of $or branches`)
  }
  return root
}

function readTree(text: string): JsonTree {
  try {
    return readJsonTree(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new PatternRefusal([], `no JSON: ${error.message}`)
  }
}

type Place = { readonly path: readonly string[]; readonly isInBranch: boolean }
type ObjectTree = Extract<JsonTree, { type: 'object' }>

function parseObject(tree: ObjectTree, place: Place): Conjunction {
  if (tree.members.length === 0) throw new PatternRefusal(place.path, 'an empty object')
  const parts = tree.members.map(([name, value]) => parseMember(name, value, place))
  return {
    leaves: parts.flatMap(({ leaves }) => leaves),
    choices: parts.flatMap(({ choices }) => choices),
  }
}

function parseMember(name: string, value: JsonTree, place: Place): Conjunction {
  const branches = name === '$or' ? branchesOf(value) : undefined
  if (branches !== undefined) return { leaves: [], choices: [parseChoice(branches, place)] }
  const path = [...place.path, name]
  if (place.isInBranch && RESERVED_IN_BRANCHES.has(name)) {
    throw new PatternRefusal(path, `${name} is a reserved name inside $or`)
  }
  switch (value.type) {
    case 'object':
      return parseObject(value, { ...place, path })
    case 'list':
      return { leaves: [parseLeaf(value, path)], choices: [] }
    default:
      throw new PatternRefusal(path, `"${name}" must be an object or a list`)
  }
}

function parseLeaf(tree: Extract<JsonTree, { type: 'list' }>, path: readonly string[]): Leaf {
  if (tree.items.length === 0) throw new PatternRefusal(path, 'an empty list')
  const operators = tree.items.map((item) => parseOperator(item, path))
  return { path, operators, text: JSON.stringify(JSON.parse(tree.text)) }
}

function parseChoice(branches: readonly ObjectTree[], { path }: Place): Choice {
  return {
    path,
    branches: branches.map((branch) => parseObject(branch, { path, isInBranch: true })),
  }
}

/**
 * The branches where `$or` is the operator; else it is a name like any other.
 *
 * @source aws-semantics §7.3 (`$or`: a list of at least two objects without reserved names)
 */
function branchesOf(tree: JsonTree): readonly ObjectTree[] | undefined {
  if (tree.type !== 'list' || tree.items.length < 2) return undefined
  const branches: ObjectTree[] = []
  for (const item of tree.items) {
    if (item.type !== 'object') return undefined
    if (item.members.some(([name]) => RESERVED_IN_BRANCHES.has(name))) return undefined
    branches.push(item)
  }
  return branches
}

/** Names that no field inside a `$or` may have. @source aws-semantics §7.3 */
const RESERVED_IN_BRANCHES: ReadonlySet<string> = new Set([
  'exactly',
  'equals-ignore-case',
  'prefix',
  'suffix',
  'anything-but',
  'exists',
  'wildcard',
  'numeric',
  'cidr',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  'regex',
  'not-wildcard',
  'not-equals-ignore-case',
  'date-after',
  'date-on-or-after',
  'date-before',
  'date-on-or-before',
  'in-date-range',
  'ip-address-in-range',
  'ip-address-not-in-range',
])

/** No path twice where both would have to hold. @source aws-semantics §7.3 ("Path `x` cannot be allowed multiple times") */
function refuseRepeatedPaths({ leaves, choices }: Conjunction): void {
  const seen = new Set<string>()
  for (const { path } of leaves) {
    if (seen.has(pathText(path))) throw new PatternRefusal(path, 'the path is given twice')
    seen.add(pathText(path))
  }
  for (const { branches } of choices) {
    const below = branches.flatMap(leavesOf)
    for (const { path } of below) {
      if (seen.has(pathText(path))) throw new PatternRefusal(path, 'the path is given twice')
    }
    for (const { path } of below) seen.add(pathText(path))
    branches.forEach(refuseRepeatedPaths)
  }
}

/** AWS's engine reads either every `$or` of a pattern as the operator or none. @source event-ruler README, "Caveat" of `$or` */
function refuseTwoMeaningsOfOr(root: Conjunction): void {
  if (root.choices.length === 0) return
  const field = leavesOf(root).find(({ path }) => path.includes('$or'))
  if (field === undefined) return
  throw new PatternRefusal(field.path, '$or is the operator in one place and a field in another')
}

function countBranches({ choices }: Conjunction): number {
  return choices.reduce(
    (product, { branches }) =>
      product * branches.reduce((sum, branch) => sum + countBranches(branch), 0),
    1,
  )
}
