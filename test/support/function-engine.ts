import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createEngine, type Engine } from '../../lib/index.ts'
import { temporaryDirectory } from './embedded-fixture.ts'
import { ROLE } from './lambda-client.ts'
import { zipOfFiles } from './zip-file.ts'

/** A batch as a handler wrote it down. */
export type SeenBatch = {
  /** Of the code: what stood in it when the batch began, and when it ended. */
  readonly code: readonly [string, string]
  readonly version: string
  readonly arn: string
  readonly numbers: readonly number[]
}

const KEYS = 7

/** Code that writes down its batches, and takes its time where it is told to. @param name what it calls itself */
export const writingCode = (name: string, waitMs = 0): Buffer =>
  zipOfFiles({
    'name.mjs': `export const name = ${JSON.stringify(name)}`,
    'index.mjs': `
import { appendFileSync } from 'node:fs'
import { name } from './name.mjs'
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export const handler = async (event, context) => {
  const before = name
  await pause(${waitMs})
  const code = [before, (await import('./name.mjs')).name]
  const numbers = event.Records.map(({ dynamodb }) => Number(dynamodb.NewImage.n.N))
  const { functionVersion: version, invokedFunctionArn: arn } = context
  appendFileSync(process.env.SEEN, JSON.stringify({ code, version, arn, numbers }) + '\\n')
}
`,
  })

/** An engine over one stream, and functions that are made in it. */
export class FunctionEngine {
  readonly engine: Engine
  readonly data: string
  readonly #seen: string
  #last = 0

  private constructor(engine: Engine, data: string) {
    this.engine = engine
    this.data = data
    this.#seen = join(data, 'seen')
  }

  static async open(t: Test): Promise<FunctionEngine> {
    const data = temporaryDirectory(t)
    const engine = await createEngine({
      data,
      streams: { orders: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } },
      functions: { told: () => 'of the program' },
      engine: { RetryBackoff: { Base: '1ms', Maximum: '20ms' } },
    })
    t.teardown(() => engine.stop())
    await engine.start()
    return new FunctionEngine(engine, data)
  }

  create(name: string, zip: Buffer, more: object = {}) {
    return this.engine.functions.create({
      FunctionName: name,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: ROLE,
      Environment: { Variables: { SEEN: this.#seen } },
      Code: { ZipFile: zip },
      ...more,
    })
  }

  /** A mapping of the stream. @returns its UUID. */
  async map(FunctionName: string, more: object = {}): Promise<string> {
    const { UUID } = await this.engine.mappings.create({
      EventSourceArn: this.engine.stream('orders').streamArn,
      FunctionName,
      StartingPosition: 'TRIM_HORIZON',
      ...more,
    })
    return UUID
  }

  async put(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const id = { S: `key-${this.#last % KEYS}` }
      return { dynamodb: { Keys: { id }, NewImage: { id, n: { N: String(++this.#last) } } } }
    })
    await this.engine.stream('orders').put(records)
  }

  /** All that was put. */
  get count(): number {
    return this.#last
  }

  seen(): readonly SeenBatch[] {
    if (!existsSync(this.#seen)) return []
    const lines = readFileSync(this.#seen, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line) as SeenBatch)
  }

  /** Resolves when a mapping says so. */
  async says(uuid: string, text: RegExp): Promise<void> {
    while (!text.test(this.engine.mappings.get(uuid).LastProcessingResult))
      await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Numbers whose key had a greater one before. */
export function inversions(batches: readonly SeenBatch[]): readonly number[] {
  const last = new Map<number, number>()
  return batches
    .flatMap(({ numbers }) => numbers)
    .filter((n) => {
      const isInverted = (last.get(n % KEYS) ?? 0) > n
      last.set(n % KEYS, Math.max(n, last.get(n % KEYS) ?? 0))
      return isInverted
    })
}
