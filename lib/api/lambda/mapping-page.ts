import { ApiError } from '../../core/mapping/api-error.ts'
import type { MappingDescription } from '../../core/mapping/mapping-description.ts'
import type { EngineMappings } from '../../engine/engine-mappings.ts'

/** Mappings that one answer holds at most, whatever is asked for. @source aws-semantics §1.1 */
const PAGE_MAX = 100
const MAX_ITEMS_MAX = 10_000

/** Parameters of ListEventSourceMappings, as a query has them. */
export type MappingQuery = {
  readonly EventSourceArn?: string
  readonly FunctionName?: string
  readonly Marker?: string
  readonly MaxItems?: string
}

export type MappingPage = {
  readonly EventSourceMappings: readonly MappingDescription[]
  readonly NextMarker?: string
}

/** One page of the list. Markers are opaque to clients: the UUID after which the next page begins. @throws ApiError */
export function mappingPage(
  mappings: Pick<EngineMappings, 'list'>,
  { EventSourceArn, FunctionName, Marker, MaxItems }: MappingQuery,
): MappingPage {
  const size = Math.min(PAGE_MAX, maxItemsOf(MaxItems))
  const all = mappings
    .list({
      ...(EventSourceArn ? { EventSourceArn } : {}),
      ...(FunctionName ? { FunctionName } : {}),
    })
    .toSorted((a, b) => (a.UUID < b.UUID ? -1 : 1))
  const after = Marker ? uuidOf(Marker) : ''
  const rest = all.filter(({ UUID }) => UUID > after)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  const isWhole = page.length === rest.length || !last
  return {
    ...(isWhole ? {} : { NextMarker: Buffer.from(last.UUID).toString('base64url') }),
    EventSourceMappings: page,
  }
}

function maxItemsOf(text: string | undefined): number {
  if (text === undefined) return PAGE_MAX
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (count >= 1 && count <= MAX_ITEMS_MAX) return count
  const bound =
    count > MAX_ITEMS_MAX ? `less than or equal to ${MAX_ITEMS_MAX}` : 'greater than or equal to 1'
  throw new ApiError(
    'ValidationException',
    `1 validation error detected: Value '${text}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`,
  )
}

function uuidOf(marker: string): string {
  const text = Buffer.from(marker, 'base64url').toString()
  if (/^[0-9a-f-]{36}$/.test(text)) return text
  throw new ApiError('InvalidParameterValueException', 'Invalid Marker')
}
