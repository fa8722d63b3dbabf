import { exactNumber } from './exact-number.ts'
import type { JsonTree } from './json-tree.ts'
import type { NumericRange, Operator } from './pattern.ts'
import { PatternRefusal } from './pattern-refusal.ts'

type Path = readonly string[]

/**
 * One member of a leaf's list.
 *
 * @throws PatternRefusal for all that is not in the Lambda guide's table.
 * @source aws-semantics §7.2; D13
 */
export function parseOperator(tree: JsonTree, path: Path): Operator {
  switch (tree.type) {
    case 'literal':
      return { type: 'equals', value: tree.value }
    case 'number':
      return { type: 'equals', value: numberOf(tree, path) }
    case 'list':
      throw new PatternRefusal(path, 'a list within a list of values')
    case 'object': {
      const [member, ...others] = tree.members
      if (member === undefined) throw new PatternRefusal(path, 'an empty match expression')
      if (others.length > 0) {
        throw new PatternRefusal(path, 'only one key is allowed in a match expression')
      }
      return parseExpression(member[0], member[1], path)
    }
  }
}

function parseExpression(name: string, value: JsonTree, path: Path): Operator {
  switch (name) {
    case 'equals-ignore-case':
    case 'prefix':
    case 'suffix':
      return { type: name, value: stringOf(value, name, path) }
    case 'anything-but':
      return { type: 'anything-but', values: excludedValues(value, path) }
    case 'numeric':
      return { type: 'numeric', range: rangeOf(value, path) }
    case 'exists':
      if (value.type !== 'literal' || typeof value.value !== 'boolean') {
        throw new PatternRefusal(path, 'exists takes true or false')
      }
      return { type: 'exists', isExpected: value.value }
    default:
      throw new PatternRefusal(
        path,
        `unrecognized match type ${name}; filters of a mapping know prefix, suffix, equals-ignore-case, anything-but, numeric and exists`,
      )
  }
}

function stringOf(tree: JsonTree, operator: string, path: Path): string {
  if (tree.type === 'literal' && typeof tree.value === 'string') return tree.value
  throw new PatternRefusal(path, `${operator} takes a string`)
}

function numberOf(tree: JsonTree, path: Path): number {
  if (tree.type !== 'number') throw new PatternRefusal(path, 'a number is expected')
  const value = exactNumber(tree.text)
  if (value === undefined) {
    throw new PatternRefusal(path, `${tree.text} has no exact double, so it cannot be compared`)
  }
  return value
}

function excludedValues(tree: JsonTree, path: Path): readonly (string | number)[] {
  const items = tree.type === 'list' ? tree.items : [tree]
  const values = items.map((item) =>
    item.type === 'number' ? numberOf(item, path) : stringOf(item, 'anything-but', path),
  )
  if (values.length === 0) throw new PatternRefusal(path, 'anything-but takes at least one value')
  if (new Set(values.map((value) => typeof value)).size > 1) {
    throw new PatternRefusal(path, 'inside anything-but all values are strings or all are numbers')
  }
  return values
}

const UNBOUNDED: NumericRange = {
  low: -Number.MAX_VALUE,
  high: Number.MAX_VALUE,
  includesLow: true,
  includesHigh: true,
}

/** `["=", n]`, one bound, or a lower bound followed by an upper one. */
function rangeOf(tree: JsonTree, path: Path): NumericRange {
  if (tree.type !== 'list') throw new PatternRefusal(path, 'numeric takes a list')
  const { items } = tree
  const first = boundOf(items, 0, path)
  if (first.sign === '=') {
    refuseMore(items, 2, path)
    return { ...UNBOUNDED, low: first.value, high: first.value }
  }
  if (first.sign.startsWith('<')) {
    refuseMore(items, 2, path)
    return { ...UNBOUNDED, high: first.value, includesHigh: first.isIncluded }
  }
  const lower = { ...UNBOUNDED, low: first.value, includesLow: first.isIncluded }
  if (items.length === 2) return lower
  const second = boundOf(items, 2, path)
  if (!second.sign.startsWith('<')) {
    throw new PatternRefusal(path, 'the second bound of numeric is < or <=')
  }
  refuseMore(items, 4, path)
  if (second.value <= first.value) {
    throw new PatternRefusal(path, 'the lower bound of numeric is less than the upper one')
  }
  return { ...lower, high: second.value, includesHigh: second.isIncluded }
}

type Bound = { readonly sign: string; readonly value: number; readonly isIncluded: boolean }

function boundOf(items: readonly JsonTree[], at: number, path: Path): Bound {
  const [operator, operand] = items.slice(at)
  const sign = operator?.type === 'literal' ? operator.value : undefined
  if (typeof sign !== 'string' || !['=', '<', '<=', '>', '>='].includes(sign)) {
    throw new PatternRefusal(path, 'numeric takes =, <, <=, > or >=, each with a number')
  }
  if (operand === undefined) throw new PatternRefusal(path, `numeric: no number after ${sign}`)
  return { sign, value: numberOf(operand, path), isIncluded: sign.endsWith('=') }
}

function refuseMore(items: readonly JsonTree[], length: number, path: Path): void {
  if (items.length > length) throw new PatternRefusal(path, 'too many elements in numeric')
}
