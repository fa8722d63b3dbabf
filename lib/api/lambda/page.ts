import { ApiError } from '../../core/mapping/api-error.ts'

const MAX_ITEMS_MAX = 10_000

/** A query as fastify reads it: a name that is given twice has a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** What is listed, and how. */
export type Listing<Item> = {
  readonly items: readonly Item[]
  /** Unique, and ascending with the order of the list. */
  readonly keyOf: (item: Item) => string
  /** That one answer holds at most, whatever is asked for. */
  readonly pageMax: number
}

/** One value of a query. @throws ApiError where it is given twice. */
export function textOf(query: Query, name: string): string | undefined {
  const value = query[name]
  if (value === undefined || typeof value === 'string') return value
  throw new ApiError('InvalidParameterValueException', `${name} is given twice`, [name])
}

/**
 * One page of a list, by `Marker` and `MaxItems`. Markers are opaque to clients: the key after which the next page begins,
 * so that what is made or deleted meanwhile does no harm. @throws ApiError @source aws-semantics §1.1
 */
export function pageOf<Item>(
  query: Query,
  { items, keyOf, pageMax }: Listing<Item>,
): { readonly page: readonly Item[]; readonly NextMarker?: string } {
  const size = Math.min(pageMax, maxItemsOf(textOf(query, 'MaxItems')) ?? pageMax)
  const after = afterOf(textOf(query, 'Marker'))
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter((item) => keyOf(item) > after)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  if (page.length === rest.length || last === undefined) return { page }
  return { page, NextMarker: Buffer.from(keyOf(last)).toString('base64url') }
}

/** @throws ApiError for what was never told as one. */
function afterOf(marker: string | undefined): string | undefined {
  if (!marker) return undefined
  const after = Buffer.from(marker, 'base64url').toString()
  if (Buffer.from(after).toString('base64url') === marker) return after
  throw new ApiError('InvalidParameterValueException', 'Invalid Marker', ['Marker'])
}

function maxItemsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (count >= 1 && count <= MAX_ITEMS_MAX) return count
  const bound =
    count > MAX_ITEMS_MAX ? `less than or equal to ${MAX_ITEMS_MAX}` : 'greater than or equal to 1'
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value '${text}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`,
  )
}
