import fc from 'fast-check'
import { objectOf } from './arbitrary-record.ts'

/** A leaf of a pattern on a record that is there: which of its values it is about, how, and whether it is to miss it. */
export type LeafChoice = {
  readonly of: number
  readonly operator: 'equals' | 'ignore-case' | 'prefix' | 'suffix' | 'anything-but' | 'exists'
  readonly misses: boolean
}

export const leafChoice: fc.Arbitrary<LeafChoice> = fc.record({
  of: fc.nat(),
  operator: fc.constantFrom('equals', 'ignore-case', 'prefix', 'suffix', 'anything-but', 'exists'),
  misses: fc.boolean(),
})

/** The text of a pattern whose leaves are about fields of `record`. It may be refused, where two are about one field. */
export function patternTextOf(record: object, choices: readonly LeafChoice[]): string {
  const fields = fieldsOf(record, [])
  return JSON.stringify(
    treeOf(
      choices.map((choice) => {
        const [path, value] = fields[choice.of % fields.length]!
        return { path, leaf: [operatorOf(value, choice)] }
      }),
    ),
  )
}

type Field = readonly [path: readonly string[], value: unknown]

/** All scalars of a record, those in lists included. */
function fieldsOf(value: unknown, path: readonly string[]): readonly Field[] {
  if (Array.isArray(value)) return value.flatMap((element) => fieldsOf(element, path))
  if (typeof value !== 'object' || value === null) return [[path, value]]
  return Object.entries(value).flatMap(([name, below]) => fieldsOf(below, [...path, name]))
}

type Planted = { readonly path: readonly string[]; readonly leaf: readonly unknown[] }

function treeOf(planted: readonly Planted[]): unknown {
  const [{ path, leaf }] = planted as [Planted]
  if (path.length === 0) return leaf
  const names = [...new Set(planted.flatMap(({ path }) => path.slice(0, 1)))]
  return objectOf(
    names.map((name) => {
      const below = planted.filter(({ path }) => path[0] === name)
      return [name, treeOf(below.map(({ path, leaf }) => ({ path: path.slice(1), leaf })))]
    }),
  )
}

function operatorOf(value: unknown, { operator, misses }: LeafChoice): unknown {
  if (operator === 'exists') return { exists: !misses }
  if (typeof value === 'number') return { numeric: [misses ? '<' : '>=', value] }
  if (typeof value !== 'string') return misses ? 'missed' : value
  const sought = misses ? `${value.slice(0, 99)}!` : value.slice(0, 99)
  switch (operator) {
    case 'equals':
      return sought
    case 'ignore-case':
      return { 'equals-ignore-case': sought.toUpperCase() }
    case 'anything-but':
      return { 'anything-but': misses ? [value.slice(0, 99), ''] : [sought] }
    case 'prefix':
      return { prefix: sought.slice(0, 9) }
    case 'suffix':
      return { suffix: misses ? sought : value.slice(-9) }
  }
}
