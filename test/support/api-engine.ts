import { pino } from 'pino'
import type { Test } from 'tap'
import { ApiServer } from '../../lib/api/api-server.ts'
import { createEngine, type LibraryOptions } from '../../lib/index.ts'
import { temporaryDirectory } from './embedded-fixture.ts'

/** An answer of JSON. */
export type ApiAnswer = {
  readonly status: number
  readonly exception: string | null
  // biome-ignore lint/suspicious/noExplicitAny: what a test finds in it is what it tests
  readonly body: any
}

/** An engine that runs in this process, with the daemon's HTTP surface over it and one stream, `orders`. */
export async function openApiEngine(t: Test, options: Partial<LibraryOptions> = {}) {
  const data = temporaryDirectory(t)
  const engine = await createEngine({
    data,
    streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
    engine: { RetryBackoff: { Base: '1ms', Maximum: '1ms' } },
    ...options,
  })
  const server = new ApiServer({ engine, log: pino({ level: 'silent' }), problems: () => [] })
  const { port } = await server.listen('127.0.0.1', 0)
  t.teardown(() => engine.stop({ after: server.close() }))
  await engine.start()
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, init)
  const told = async (response: Response): Promise<ApiAnswer> => {
    const exception = response.headers.get('x-amzn-errortype')
    return { status: response.status, exception, body: await response.json() }
  }
  const put = (...ids: readonly string[]) =>
    engine.stream('orders').put(
      ids.map((id) => {
        const key = { id: { S: id } }
        return { dynamodb: { Keys: key, NewImage: { ...key, text: { S: `image of ${id}` } } } }
      }),
    )
  return {
    engine,
    put,
    request,
    get: async (path: string) => told(await request(path)),
    post: async (path: string, body: unknown = {}) =>
      told(await request(path, { method: 'POST', body: JSON.stringify(body) })),
  }
}

type Event = { readonly Records: readonly { readonly dynamodb: { Keys: { id: { S: string } } } }[] }

/** The keys of an event's records. */
export const idsOf = (event: unknown): readonly string[] =>
  (event as Event).Records.map(({ dynamodb }) => dynamodb.Keys.id.S)
