import { join } from 'node:path'
import type { Test } from 'tap'
import { createEngine, type Engine, type LibraryOptions } from '../../lib/index.ts'

/** One invocation as the handler sees it. */
export type SeenBatch = { readonly Records: readonly SeenRecord[] }
export type SeenRecord = {
  readonly eventID: string
  readonly eventSourceARN: string
  readonly dynamodb: {
    readonly SequenceNumber: string
    readonly Keys: { readonly id: { readonly S: string } }
    readonly NewImage?: { readonly n?: { readonly S: string } }
  }
}

/** `key:n` of each record. */
export const namesOf = ({ Records }: SeenBatch): readonly string[] =>
  Records.map(({ dynamodb: { Keys, NewImage } }) => `${Keys.id.S}:${NewImage?.n?.S ?? ''}`)

/** A record of a key that carries a text. */
export const keyed = (id: string, n: string | number) => ({
  dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id }, n: { S: String(n) } } },
})

/** A data directory with one stream, one mapping, and a handler that a test changes while it goes on. */
export class RedriveProject {
  readonly directory: string
  readonly seen: SeenBatch[] = []
  /** Throws where a batch is to fail. */
  handle: (event: SeenBatch) => unknown = () => undefined
  mapping: Readonly<Record<string, unknown>> = {}
  more: Partial<LibraryOptions> = {}

  constructor(t: Test) {
    this.directory = join(t.testdir(), 'data')
  }

  /** Fails every batch that holds one of these keys. */
  failOn(...keys: readonly string[]): void {
    this.handle = ({ Records }) => {
      const bad = Records.find(({ dynamodb }) => keys.includes(dynamodb.Keys.id.S))
      if (bad) throw new Error(`poison ${bad.dynamodb.Keys.id.S}`)
    }
  }

  get names(): readonly string[] {
    return this.seen.flatMap(namesOf)
  }

  create(): Promise<Engine> {
    return createEngine({
      data: this.directory,
      streams: { orders: { ShardCount: 1, KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
      functions: {
        f: async (event: SeenBatch) => {
          this.seen.push(structuredClone(event))
          return this.handle(event)
        },
      },
      mappings: [
        {
          Stream: 'orders',
          FunctionName: 'f',
          StartingPosition: 'TRIM_HORIZON',
          MaximumRetryAttempts: 0,
          BatchSize: 1,
          ...this.mapping,
        },
      ],
      ...this.more,
    })
  }

  async start(): Promise<Engine> {
    const engine = await this.create()
    await engine.start()
    return engine
  }

  /** Puts records and waits until all are settled. */
  async put(engine: Engine, ...records: readonly object[]): Promise<void> {
    await engine.stream('orders').put(records)
    await engine.caughtUp()
  }
}
