import { type Conjunction, type Leaf, leavesOf, type Operator, pathText } from './pattern.ts'

/** A leaf that is allowed and that no DynamoDB record decides as its writer will have meant. */
export type PatternWarning = { readonly path: string; readonly reason: string }

/**
 * Traps of patterns on DynamoDB records: numbers under `N`, which is a string, and a missing type descriptor.
 *
 * @source aws-semantics §7.4
 */
export function patternWarnings(root: Conjunction): readonly PatternWarning[] {
  return leavesOf(root).flatMap((leaf) => {
    const reason = trapOf(leaf)
    return reason === undefined ? [] : [{ path: pathText(leaf.path), reason }]
  })
}

const IMAGES: ReadonlySet<string> = new Set(['Keys', 'NewImage', 'OldImage'])

function trapOf({ path, operators }: Leaf): string | undefined {
  const [member, image, attribute, ...below] = path
  if (member !== 'dynamodb' || image === undefined || !IMAGES.has(image)) return undefined
  if (attribute !== undefined && below.length === 0) return missingDescriptor(operators)
  const descriptor = below.at(-1)
  if (descriptor !== 'N' && descriptor !== 'NS') return undefined
  return operators.map(numberTrap).find((reason) => reason !== undefined)
}

function missingDescriptor(operators: readonly Operator[]): string {
  return operators.some((operator) => operator.type === 'exists' && !operator.isExpected)
    ? 'always matches: below an attribute stands its type descriptor (S, N, BOOL, ...), and exists looks at leaves only; name the descriptor'
    : 'never matches: below an attribute stands its type descriptor (S, N, BOOL, ...); name the descriptor'
}

function numberTrap(operator: Operator): string | undefined {
  switch (operator.type) {
    case 'numeric':
      return 'numeric never matches: DynamoDB gives N as a string; use equals, prefix or anything-but with strings'
    case 'equals':
      return typeof operator.value === 'number'
        ? 'a number never matches: DynamoDB gives N as a string; write it in quotes'
        : undefined
    case 'anything-but':
      return operator.values.some((value) => typeof value === 'number')
        ? 'anything-but with numbers always matches: DynamoDB gives N as a string; write them in quotes'
        : undefined
    default:
      return undefined
  }
}
