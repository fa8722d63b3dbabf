import type { Test } from 'tap'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { temporaryDirectory } from './embedded-fixture.ts'

type Seen = {
  readonly Records: readonly { readonly dynamodb: { readonly NewImage: { n: { N: string } } } }[]
}
const numbersOf = (event: unknown): number[] =>
  (event as Seen).Records.map(({ dynamodb }) => Number(dynamodb.NewImage.n.N))

/** An engine over one stream, with functions that write down what they get, and one mapping of the program. */
export async function openLiveEngine(
  t: Test,
  more: { functions?: LibraryOptions['functions']; mapping?: object } = {},
) {
  const data = temporaryDirectory(t)
  const seen: Record<string, number[]> = { one: [], two: [], slow: [] }
  const gate = { open: () => {}, begun: 0 }
  const engine = await createEngine({
    data,
    streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
    functions: {
      one: (event: unknown) => void seen['one']!.push(...numbersOf(event)),
      two: (event: unknown) => void seen['two']!.push(...numbersOf(event)),
      /** Ends when the test lets it. */
      slow: async (event: unknown) => {
        gate.begun++
        await new Promise<void>((resolve) => {
          gate.open = resolve
        })
        seen['slow']!.push(...numbersOf(event))
      },
      failing: () => {
        throw new Error('always')
      },
      broken: { Runtime: 'nodejs20.x', CodeUri: data, Handler: 'nothing.handler' },
      ...more.functions,
    },
    engine: { RetryBackoff: { Base: '1ms', Maximum: '1ms' } },
  })
  t.teardown(() => engine.stop())
  await engine.start()
  const EventSourceArn = engine.stream('orders').streamArn
  const { UUID } = await engine.mappings.create({
    EventSourceArn,
    FunctionName: 'one',
    StartingPosition: 'TRIM_HORIZON',
    ...more.mapping,
  })
  let last = 0
  const put = (count: number, image: object = {}) =>
    engine.stream('orders').put(
      Array.from({ length: count }, () => {
        const id = { S: `key-${last % 5}` }
        return { dynamodb: { Keys: { id }, NewImage: { id, n: { N: String(++last) }, ...image } } }
      }),
    )
  const hasBegun = async (count: number) => {
    while (gate.begun < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return { data, engine, seen, gate, hasBegun, UUID, put, EventSourceArn }
}
