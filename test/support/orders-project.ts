import type { Test } from 'tap'

/** Members of a mapping as in the configuration file. */
export type MappingMembers = Readonly<Record<string, unknown>>

export type ProjectOptions = {
  /** Source text of the handler's module; it exports `handler`. */
  readonly handler?: string
  readonly mapping?: MappingMembers
  readonly functionMembers?: Readonly<Record<string, unknown>>
  /** Members of `Engine`. */
  readonly engine?: Readonly<Record<string, unknown>>
}

/** A folder with a configuration of one stream, one function and one mapping, and the function's code. @returns its path. */
export function ordersProject(t: Test, options: ProjectOptions = {}): string {
  const { handler = 'export const handler = async () => {}', mapping = {} } = options
  const configuration = {
    Streams: {
      orders: { ShardCount: 2, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    },
    Functions: {
      'on-order': {
        Runtime: 'nodejs20.x',
        CodeUri: './code',
        Handler: 'on-order.handler',
        ...options.functionMembers,
      },
    },
    Mappings: [
      {
        Stream: 'orders',
        FunctionName: 'on-order',
        StartingPosition: 'TRIM_HORIZON',
        ...mapping,
      },
    ],
    ...(options.engine ? { Engine: options.engine } : {}),
  }
  return t.testdir({
    'millrace.json': JSON.stringify(configuration),
    code: { 'on-order.mjs': handler },
  })
}

/** A put record whose key is `id`, as a line. */
export const orderLine = (id: string): string =>
  `${JSON.stringify({ dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id } } } })}\n`

/** Lines of `count` records with the keys `o-0`, `o-1`, ... */
export const orderLines = (count: number): string =>
  Array.from({ length: count }, (_, i) => orderLine(`o-${i}`)).join('')

/** A handler that throws when a record has one of these keys. */
export const throwsOn = (...ids: readonly string[]): string =>
  `const bad = new Set(${JSON.stringify(ids)})
export async function handler(event) {
  for (const { dynamodb } of event.Records) {
    if (bad.has(dynamodb.Keys.id.S)) throw new Error('poison ' + dynamodb.Keys.id.S)
  }
}`
