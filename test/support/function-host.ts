import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { FunctionIdentity } from '../../lib/core/function/lambda-context.ts'
import type { ModuleFunctionSettings } from '../../lib/core/mapping/settings.ts'
import {
  createThreadPool,
  type HostHandle,
  type ThreadPool,
  type ThreadPoolOptions,
} from '../../lib/functions/pool/thread-pool.ts'
import type { Answer, FunctionError } from '../../lib/ports/function-runtime.ts'

/** From dist/test/support back to the sources. */
export const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const HOST_FILE = new URL('./host-entry.js', import.meta.url)

export const IDENTITY: FunctionIdentity = {
  functionName: 'on-order',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:on-order',
  version: '$LATEST',
  logStreamName: '2026/01/01/[$LATEST]0123456789abcdef',
}

/** Settings of a function in the fixtures, `folder/file.export`. */
export function moduleSettings(
  handler: string,
  changes: Partial<ModuleFunctionSettings> = {},
): ModuleFunctionSettings {
  return {
    type: 'module',
    runtime: 'nodejs20.x',
    codeDirectory: FIXTURES,
    handler,
    timeoutSeconds: 3,
    memorySizeMegabytes: 128,
    environment: { AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING: '1' },
    concurrencyPerEnvironment: 1,
    ...changes,
  }
}

export function createTestPool(
  settings: ModuleFunctionSettings,
  changes: Partial<ThreadPoolOptions> = {},
): ThreadPool {
  return createThreadPool({
    hostFile: HOST_FILE,
    settings,
    identity: IDENTITY,
    region: 'us-east-1',
    threadsMax: 4,
    inherited: process.env,
    ...changes,
  })
}

/** What the test host tells. */
export type HostReport =
  | { readonly type: 'loaded'; readonly error: FunctionError | undefined }
  | { readonly type: 'answered'; readonly requestId: string; readonly answer: Answer }
  | { readonly type: 'poisoned'; readonly error: FunctionError; readonly runningCount: number }
  | { readonly type: 'late'; readonly error: FunctionError }
  | { readonly type: 'state'; readonly mustBeReplaced: boolean }

export type HostOrder =
  | {
      readonly type: 'invoke'
      readonly requestId: string
      readonly event: unknown
      readonly timeMs: number
    }
  | { readonly type: 'tell-state' }
  | { readonly type: 'finish' }

/** One host in one thread, driven by the test. */
export class TestHost {
  readonly handle: HostHandle
  readonly pool: ThreadPool
  readonly reports: HostReport[] = []
  readonly #port: MessagePort
  #wake: () => void = () => {}

  constructor(pool: ThreadPool, hostId = 1) {
    const { port1, port2 } = new MessageChannel()
    this.pool = pool
    this.handle = pool.startHost(hostId, { port: port2, shared: new SharedArrayBuffer(8) })
    this.#port = port1
    port1.on('message', (report: HostReport) => {
      this.reports.push(report)
      this.#wake()
    })
  }

  /** The first report of this type that was not taken yet. */
  async next<Type extends HostReport['type']>(
    type: Type,
  ): Promise<Extract<HostReport, { type: Type }>> {
    for (;;) {
      const index = this.reports.findIndex((report) => report.type === type)
      if (index >= 0) {
        return this.reports.splice(index, 1)[0] as Extract<HostReport, { type: Type }>
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  order(order: HostOrder): void {
    this.#port.postMessage(order)
  }

  invoke(event?: unknown, { requestId = 'r-1', timeMs = 3000 } = {}): void {
    this.order({ type: 'invoke', requestId, event, timeMs })
  }

  async answer(
    event?: unknown,
    options: { requestId?: string; timeMs?: number } = {},
  ): Promise<Answer> {
    this.invoke(event, options)
    return (await this.next('answered')).answer
  }

  async mustBeReplaced(): Promise<boolean> {
    this.order({ type: 'tell-state' })
    return (await this.next('state')).mustBeReplaced
  }

  async close(): Promise<void> {
    await this.pool.close()
    this.#port.close()
  }
}

/** A loaded function in a pool of its own. */
export async function startFunction(
  handler: string,
  changes: Partial<ModuleFunctionSettings> = {},
): Promise<TestHost> {
  const host = new TestHost(createTestPool(moduleSettings(handler, changes)))
  await host.next('loaded')
  return host
}

/** Answer of one invocation of a fixture. */
export async function answerOf(
  handler: string,
  event?: unknown,
  changes: Partial<ModuleFunctionSettings> = {},
): Promise<Answer> {
  const host = await startFunction(handler, changes)
  const answer = await host.answer(event)
  await host.close()
  return answer
}

export const inFixtures = (...parts: string[]): string => join(FIXTURES, ...parts)
