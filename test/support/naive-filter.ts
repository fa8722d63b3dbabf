/**
 * Interprets a pattern the slow way, from the words of aws-semantics §7 alone: the event is taken apart into its
 * fields, each with the elements of lists it stands in; `$or` is multiplied out; leaves take fields one by one, in
 * order of their paths, never two from different elements of one list. Shares no code with `lib/core/filter`.
 */
export function naiveMatches(pattern: unknown, event: unknown): boolean {
  const fields = fieldsOf(event)
  return waysOf(pattern as Json, []).some((way) => {
    const leaves = [...way].sort((a, b) =>
      a.path.join('.') < b.path.join('.') ? -1 : a.path.join('.') > b.path.join('.') ? 1 : 0,
    )
    return isFound(leaves, fields, new Map())
  })
}

type Json = { readonly [name: string]: unknown }
type Leaf = { readonly path: readonly string[]; readonly operators: readonly unknown[] }
/** Which element is taken of which list. */
type Seats = ReadonlyMap<unknown, number>
type Field = { readonly path: readonly string[]; readonly value: unknown; readonly seats: Seats }

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fieldsOf(value: unknown, path: readonly string[] = [], seats: Seats = new Map()): Field[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, i) =>
      typeof element === 'object' && element !== null
        ? fieldsOf(element, path, new Map([...seats, [value, i]]))
        : [{ path, value: element, seats }],
    )
  }
  if (!isObject(value)) return [{ path, value, seats }]
  return Object.entries(value).flatMap(([name, member]) => fieldsOf(member, [...path, name], seats))
}

const RESERVED =
  'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range'.split(
    ' ',
  )

function isOr(name: string, value: unknown): value is readonly Json[] {
  return (
    name === '$or' &&
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((branch) => isObject(branch)) &&
    value.every((branch) => Object.keys(branch).every((key) => !RESERVED.includes(key)))
  )
}

function waysOf(pattern: Json, path: readonly string[]): readonly (readonly Leaf[])[] {
  let ways: readonly (readonly Leaf[])[] = [[]]
  for (const [name, value] of Object.entries(pattern)) {
    const here: readonly (readonly Leaf[])[] = isOr(name, value)
      ? value.flatMap((branch) => waysOf(branch, path))
      : Array.isArray(value)
        ? [[{ path: [...path, name], operators: value }]]
        : waysOf(value as Json, [...path, name])
    ways = ways.flatMap((way) => here.map((more) => [...way, ...more]))
  }
  return ways
}

function isFound(leaves: readonly Leaf[], fields: readonly Field[], taken: Seats): boolean {
  const [leaf, ...others] = leaves
  if (leaf === undefined) return true
  const reachable = fields.filter(
    ({ path, seats }) =>
      path.length === leaf.path.length &&
      path.every((name, i) => name === leaf.path[i]) &&
      [...seats].every(([list, i]) => (taken.get(list) ?? i) === i),
  )
  const mayBeAbsent = leaf.operators.some(
    (operator) => isObject(operator) && operator['exists'] === false,
  )
  if (mayBeAbsent && reachable.length === 0 && isFound(others, fields, taken)) return true
  return reachable.some(
    ({ value, seats }) =>
      leaf.operators.some((operator) => passes(operator, value)) &&
      isFound(others, fields, new Map([...taken, ...seats])),
  )
}

function passes(operator: unknown, value: unknown): boolean {
  if (!isObject(operator)) return operator === value
  const [[name, operand] = ['', undefined]] = Object.entries(operator)
  const text = typeof value === 'string' ? value : undefined
  switch (name) {
    case 'equals-ignore-case':
      return text !== undefined && text.toUpperCase() === String(operand).toUpperCase()
    case 'anything-but':
      return ![operand].flat().includes(value)
    case 'prefix':
      return text !== undefined && text.slice(0, String(operand).length) === operand
    case 'suffix':
      return text !== undefined && text.slice(-String(operand).length || text.length) === operand
    case 'exists':
      return operand === true
    case 'numeric':
      return typeof value === 'number' && isInRange(operand as readonly (string | number)[], value)
    default:
      throw new Error(`no operator ${name}`)
  }
}

function isInRange(range: readonly (string | number)[], value: number): boolean {
  for (let i = 0; i < range.length; i += 2) {
    const bound = Number(range[i + 1])
    const holds = { '=': value === bound, '<': value < bound, '<=': value <= bound }
    const more = { '>': value > bound, '>=': value >= bound }
    if (!{ ...holds, ...more }[range[i] as '=']) return false
  }
  return true
}
