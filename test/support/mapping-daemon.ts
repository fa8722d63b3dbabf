import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  type ListEventSourceMappingsCommandInput,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda'
import type { Test } from 'tap'
import { RunningDaemon } from './daemon.ts'
import { lambdaClient } from './lambda-client.ts'
import { millrace } from './millrace-process.ts'

const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]

/** Two streams, and three functions of the configuration: two write down what they get, one cannot be loaded. */
export const MAPPING_CONFIGURATION = {
  Streams: { orders: { KeySchema }, others: { KeySchema } },
  Functions: {
    told: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' },
    second: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'told.handler' },
    broken: { Runtime: 'nodejs20.x', CodeUri: '.', Handler: 'nothing.handler' },
  },
}

/** Writes its numbers into a file of the function's name, in `directory`. */
export const tellingCode = (directory: string): string => `
import { appendFileSync } from 'node:fs'
export const handler = async (event, { functionName }) => {
  const numbers = event.Records.map(({ dynamodb }) => dynamodb.NewImage.n.N)
  appendFileSync(${JSON.stringify(directory)} + '/seen-' + functionName, numbers.join('\\n') + '\\n')
}
`

type Answer = EventSourceMappingConfiguration

/** A running daemon, and its mappings through an SDK client. */
export class MappingDaemon {
  readonly daemon: RunningDaemon
  readonly client: LambdaClient
  readonly directory: string
  /** Of the stream `orders`, and of `others`. */
  readonly arn: string
  readonly otherArn: string

  private constructor(
    daemon: RunningDaemon,
    directory: string,
    [arn, otherArn]: readonly [string, string],
  ) {
    this.daemon = daemon
    this.client = lambdaClient(daemon)
    this.directory = directory
    this.arn = arn
    this.otherArn = otherArn
  }

  /** @param directory may be a former daemon's. */
  static async start(
    t: Test,
    directory = t.testdir(),
    configuration: object = MAPPING_CONFIGURATION,
  ): Promise<MappingDaemon> {
    const files = { 'told.mjs': tellingCode(directory) }
    const daemon = await RunningDaemon.start(directory, { configuration, files })
    t.teardown(() => daemon.kill())
    const arns = streamArnsIn(directory)
    return new MappingDaemon(daemon, directory, [arns['orders'] ?? '', arns['others'] ?? ''])
  }

  create(change: Partial<CreateEventSourceMappingCommandInput> = {}) {
    return this.client.send(
      new CreateEventSourceMappingCommand({
        EventSourceArn: this.arn,
        FunctionName: 'told',
        StartingPosition: 'TRIM_HORIZON',
        ...change,
      }),
    )
  }

  async get(UUID: string | undefined): Promise<Answer> {
    return plain(await this.client.send(new GetEventSourceMappingCommand({ UUID })))
  }

  list(input: ListEventSourceMappingsCommandInput = {}) {
    return this.client.send(new ListEventSourceMappingsCommand(input))
  }

  /** UUIDs that are listed. */
  async uuids(input: ListEventSourceMappingsCommandInput = {}) {
    const { EventSourceMappings } = await this.list(input)
    return EventSourceMappings!.map(({ UUID }) => UUID)
  }

  update(UUID: string | undefined, change: Partial<UpdateEventSourceMappingCommandInput>) {
    return this.client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }))
  }

  delete(UUID: string | undefined) {
    return this.client.send(new DeleteEventSourceMappingCommand({ UUID }))
  }

  /** Asks until a mapping is as is wanted. */
  async until(UUID: string | undefined, is: (mapping: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const mapping = await this.get(UUID)
      if (is(mapping)) return mapping
    }
  }

  /** Asks until nothing is under way. */
  still(UUID: string | undefined): Promise<Answer> {
    return this.until(UUID, ({ State }) => State === 'Enabled' || State === 'Disabled')
  }

  /** Numbers of the records that a function got, in that order. */
  seen(functionName = 'told'): readonly string[] {
    const file = join(this.directory, `seen-${functionName}`)
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }

  /** Asks until a function got so many records. */
  async hasSeen(count: number, functionName = 'told'): Promise<void> {
    while (this.seen(functionName).length < count) await this.list()
  }
}

/** An answer without what it was on its way. */
export function plain<Given extends object>(answer: Given): Omit<Given, '$metadata'> {
  const { $metadata: _, ...others } = answer as Given & { readonly $metadata?: unknown }
  return others as Omit<Given, '$metadata'>
}

/** Puts records with these numbers. No process may be running on the data. */
export function putNumbers(directory: string, numbers: readonly number[], stream = 'orders'): void {
  const lines = numbers.map((n) => {
    const id = { S: `key-${n}` }
    return JSON.stringify({ dynamodb: { Keys: { id }, NewImage: { id, n: { N: String(n) } } } })
  })
  const { status, stderr } = millrace(['put', stream], directory, { input: lines.join('\n') })
  if (status !== 0) throw new Error(stderr)
}

/** ARNs of the embedded streams, by name. */
function streamArnsIn(directory: string): Readonly<Record<string, string>> {
  const { stdout } = millrace(['stream', 'list', '--json'], directory)
  const { streams } = JSON.parse(stdout) as {
    readonly streams: readonly { readonly streamArn: string }[]
  }
  return Object.fromEntries(
    streams.map(({ streamArn }) => [streamArn.split('/')[1]!, streamArn] as const),
  )
}
