import { compileElementSearch } from './element-search.ts'
import { type Choice, type Conjunction, type Leaf, leavesOf, pathText } from './pattern.ts'

/** A reason why an event does not match a pattern. Paths are names joined by dots. */
export type Mismatch =
  | {
      readonly type: 'leaf'
      readonly path: string
      /** The list of the pattern, as compact JSON. */
      readonly expected: string
      /** What stands at the path, of every element where lists are on the way; empty where nothing does. */
      readonly found: readonly unknown[]
      /** How far the event follows the path, `''` where not at all. The whole path where something is found. */
      readonly reached: string
    }
  /** No branch of a `$or` matches; for each branch why not. */
  | {
      readonly type: 'choice'
      readonly path: string
      readonly branches: readonly (readonly Mismatch[])[]
    }
  /** Each of these matches alone, but never in the same element of a list. */
  | { readonly type: 'elements'; readonly paths: readonly string[] }

/**
 * Why an event does not match, for `millrace filter test`.
 *
 * @param root A parsed pattern.
 * @returns All reasons that hold by themselves; empty exactly where the event matches.
 * @source contract §2
 */
export function explainMismatch(root: Conjunction, event: unknown): readonly Mismatch[] {
  if (compileElementSearch(root)(event)) return []
  const alone = [
    ...root.leaves.flatMap((leaf) => explainLeaf(leaf, event)),
    ...root.choices.flatMap((choice) => explainChoice(choice, event)),
  ]
  if (alone.length > 0) return alone
  return [{ type: 'elements', paths: leavesOf(root).map(({ path }) => pathText(path)) }]
}

function explainLeaf(leaf: Leaf, event: unknown): readonly Mismatch[] {
  if (compileElementSearch({ leaves: [leaf], choices: [] })(event)) return []
  const path = pathText(leaf.path)
  const found = valuesAt(event, leaf.path)
  return [{ type: 'leaf', path, expected: leaf.text, found, reached: reachedOf(event, leaf.path) }]
}

function explainChoice({ path, branches }: Choice, event: unknown): readonly Mismatch[] {
  const explained = branches.map((branch) => explainMismatch(branch, event))
  if (explained.some((mismatches) => mismatches.length === 0)) return []
  return [{ type: 'choice', path: pathText([...path, '$or']), branches: explained }]
}

/** All that stands at a path: lists are looked into, objects are told as they are. */
function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path))
  const [name, ...rest] = path
  if (name === undefined) return value === undefined ? [] : [value]
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
  return valuesAt((value as Readonly<Record<string, unknown>>)[name], rest)
}

function reachedOf(event: unknown, path: readonly string[]): string {
  let length = path.length
  while (length > 0 && valuesAt(event, path.slice(0, length)).length === 0) length--
  return pathText(path.slice(0, length))
}
