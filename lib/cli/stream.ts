import { type Command, Option } from 'commander'
import { MillraceError } from '../core/errors.ts'
import type { EmbeddedStreamSettings, EngineConfiguration } from '../core/mapping/settings.ts'
import { parseStream, STREAM_RULE } from '../core/mapping/stream-settings.ts'
import type { StreamHandle, StreamShard } from '../engine/stream-handle.ts'
import type { StreamListing } from '../engine/stream-view.ts'
import type { StreamWriter } from '../engine/stream-writer.ts'
import { type CommandContext, UsageError } from './command-context.ts'
import {
  type ConfigurationFlags,
  ruledOption,
  withConfiguration,
  withExample,
  withJson,
} from './options.ts'
import { countText, digitsText, printResult, tableText } from './print.ts'

type Flags = ConfigurationFlags & { readonly json?: boolean }
type CreateFlags = Flags & {
  readonly shards?: number
  readonly viewType?: string
  readonly hashKey?: string
  readonly rangeKey?: string
}

const { ShardCount, StreamViewType, KeySchema } = STREAM_RULE.members
const NAME = KeySchema.rule.of.members.AttributeName.rule

/** `millrace stream list|create|split|close`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const stream = program
    .command('stream')
    .description('embedded streams and their shards, which open and close over time')
  withExample(stream, 'millrace stream list orders', 'millrace stream create orders --shards 4')
  registerList(stream, context)
  registerCreate(stream, context)
  registerSplit(stream, context)
  registerClose(stream, context)
}

function registerList(parent: Command, context: CommandContext): void {
  const command = parent
    .command('list')
    .description('embedded streams, or the shards of one; also while an engine runs')
    .argument('[stream]', 'list the shards of this one')
  withExample(
    withJson(withConfiguration(command)),
    'millrace stream list',
    'millrace stream list orders --json',
  )
  command.action(async (name: string | undefined, flags: Flags) => {
    const { listStreams } = await import('../engine/stream-view.ts')
    const configuration = await configurationOf(flags, context)
    const streams = await listStreams(configuration)
    const { dataDirectory: directory } = configuration
    if (name === undefined) {
      const text = () => (streams.length === 0 ? 'no embedded streams' : streamsText(streams))
      return printResult(context, flags, { json: { directory, streams }, text })
    }
    const found = streams.find(({ stream }) => stream === name)
    if (!found) throw unknownStream(name, streams)
    printResult(context, flags, {
      json: { directory, ...found },
      text: () => streamText(found),
    })
  })
}

function registerCreate(parent: Command, context: CommandContext): void {
  const command = parent
    .command('create')
    .description('create an embedded stream where it is missing')
    .argument('<stream>', 'name; one that the configuration declares is created as it says there')
    .addOption(
      ruledOption('--shards <n>', `${ShardCount.description} (default: 1)`, ShardCount.rule),
    )
    .addOption(
      new Option('--view-type <type>', StreamViewType.description).choices(
        StreamViewType.rule.values,
      ),
    )
    .addOption(ruledOption('--hash-key <name>', 'attribute that order is kept by', NAME))
    .addOption(ruledOption('--range-key <name>', 'sort key, behind --hash-key', NAME))
  withExample(
    withJson(withConfiguration(command)),
    'millrace stream create orders --shards 4 --hash-key orderId',
  )
  command.action(async (name: string, flags: CreateFlags) => {
    const configuration = await configurationOf(flags, context)
    const settings = settingsOf(name, flags, configuration)
    await withWriter(configuration, { name, settings }, ({ stream, isNew }) => {
      const { streamArn } = stream
      const shards = stream.shards()
      printResult(context, flags, {
        json: { stream: name, streamArn, created: isNew, shards },
        text: () =>
          `${name} ${isNew ? 'created' : 'is there already'}: ${shardCountText(shards)}, ${streamArn}`,
      })
    })
  })
}

function registerSplit(parent: Command, context: CommandContext): void {
  const command = parent
    .command('split')
    .description(
      'close a shard and open two children, each with half of its keys. Mappings read a shard to its end before its children, so order per key is kept',
    )
    .argument('<stream>', 'name of the stream')
    .argument('<shard>', 'id of an open shard, as millrace stream list STREAM says')
  withExample(
    withJson(withConfiguration(command)),
    'millrace stream split orders shardId-00000001767225600000-9e3779b1',
  )
  command.action((name: string, shard: string, flags: Flags) =>
    change(name, flags, context, async (stream) => {
      const children = await stream.split(shard)
      return {
        json: { closed: [shard], children },
        text: () => `${shard} closed; its keys go to\n${children.join('\n')}`,
      }
    }),
  )
}

function registerClose(parent: Command, context: CommandContext): void {
  const command = parent
    .command('close')
    .description(
      'close a shard; one child takes over its keys, as every four hours on AWS. Without a shard: close the stream for good, as a disabled stream of AWS; it takes no more records, and mappings read those that are in it to the end',
    )
    .argument('<stream>', 'name of the stream')
    .argument('[shard]', 'id of an open shard, as millrace stream list STREAM says')
  withExample(
    withJson(withConfiguration(command)),
    'millrace stream close orders shardId-00000001767225600000-9e3779b1',
    'millrace stream close orders',
  )
  command.action((name: string, shard: string | undefined, flags: Flags) =>
    change(name, flags, context, async (stream) => {
      if (shard !== undefined) {
        const children = await stream.close(shard)
        return {
          json: { closed: [shard], children },
          text: () => `${shard} closed; its keys go to\n${children.join('\n')}`,
        }
      }
      const open = stream.shards().filter(({ status }) => status === 'OPEN')
      await stream.close()
      const closed = open.map(({ shardId }) => shardId)
      return {
        json: { closed, children: [] },
        text: () =>
          closed.length === 0
            ? `${name} was closed already`
            : `${name} closed, with ${countText(closed.length, 'open shard')}; it takes no more records`,
      }
    }),
  )
}

/** Runs `work` on a stream that exists, and prints what it answers. */
async function change(
  name: string,
  flags: Flags,
  context: CommandContext,
  work: (stream: StreamHandle) => Promise<{ readonly json: object; readonly text: () => string }>,
): Promise<void> {
  const configuration = await configurationOf(flags, context)
  await withWriter(configuration, { name, settings: undefined }, async ({ stream }) => {
    const { json, text } = await work(stream)
    const { streamArn } = stream
    printResult(context, flags, { json: { stream: name, streamArn, ...json }, text })
  })
}

async function configurationOf(
  flags: Flags,
  { workingDirectory, environment }: CommandContext,
): Promise<EngineConfiguration> {
  const { loadConfiguration } = await import('../settings/load-configuration.ts')
  const whenMissing = 'empty'
  const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
  return loaded.configuration
}

async function withWriter(
  configuration: EngineConfiguration,
  target: { readonly name: string; readonly settings: EmbeddedStreamSettings | undefined },
  work: (writer: StreamWriter) => unknown,
): Promise<void> {
  const { openStreamWriter } = await import('../engine/stream-writer.ts')
  const writer = await openStreamWriter(configuration, target.name, target.settings)
  try {
    await work(writer)
  } finally {
    await writer.close()
  }
}

/** @throws UsageError for flags that a declaration or one another rule out. */
function settingsOf(
  name: string,
  { shards, viewType, hashKey, rangeKey }: CreateFlags,
  { streams }: EngineConfiguration,
): EmbeddedStreamSettings {
  const command = 'millrace stream create'
  if (rangeKey !== undefined && hashKey === undefined)
    throw new UsageError('--range-key needs --hash-key', command)
  if (rangeKey !== undefined && rangeKey === hashKey)
    throw new UsageError('--hash-key and --range-key must be two attributes', command)
  const keys = [
    ...(hashKey === undefined ? [] : [{ AttributeName: hashKey, KeyType: 'HASH' }]),
    ...(rangeKey === undefined ? [] : [{ AttributeName: rangeKey, KeyType: 'RANGE' }]),
  ]
  const given = {
    ...(shards === undefined ? {} : { ShardCount: shards }),
    ...(viewType === undefined ? {} : { StreamViewType: viewType }),
    ...(keys.length === 0 ? {} : { KeySchema: keys }),
  }
  const declared = streams.get(name)
  if (!declared) return parseStream(given)
  if (Object.keys(given).length === 0) return declared
  throw new UsageError(
    `the configuration declares ${name}: change its settings there, or leave the flags out`,
    command,
  )
}

function unknownStream(name: string, streams: readonly StreamListing[]): MillraceError {
  const known = streams.map(({ stream }) => stream).join(', ') || 'none'
  return MillraceError.of('MILLRACE_STREAM_UNKNOWN', { stream: name, known })
}

function streamsText(streams: readonly StreamListing[]): string {
  const rows = streams.map(({ stream, status, shards, streamArn }) => [
    stream,
    status,
    shardCountText(shards),
    digitsText(recordCountOf(shards)),
    streamArn,
  ])
  return tableText([['stream', 'status', 'shards', 'records', 'ARN'], ...rows])
}

function streamText({ stream, status, settings, shards, streamArn }: StreamListing): string {
  const keys = settings.keySchema.map(({ attributeName, keyType }) => `${attributeName} ${keyType}`)
  const facts = [
    ['stream', stream],
    ['status', status],
    ['ARN', streamArn],
    ['view type', settings.streamViewType],
    ['key schema', keys.join(', ') || 'none: the whole key'],
    ['shards', shardCountText(shards)],
  ]
  return `${tableText(facts)}\n\n${shardsText(shards)}`
}

function shardsText(shards: readonly StreamShard[]): string {
  const rows = shards.map(({ shardId, status, keyShare, recordCount, parentShardId }) => [
    shardId,
    status,
    `${Number(keyShare.toPrecision(3))} %`,
    digitsText(recordCount),
    parentShardId ?? '-',
  ])
  return tableText([['shard', 'status', 'keys', 'records', 'parent'], ...rows])
}

function shardCountText(shards: readonly StreamShard[]): string {
  const open = shards.filter(({ status }) => status === 'OPEN').length
  const closed = shards.length - open
  return closed === 0
    ? countText(open, 'shard')
    : `${digitsText(open)} open, ${digitsText(closed)} closed`
}

function recordCountOf(shards: readonly StreamShard[]): number {
  return shards.reduce((sum, { recordCount }) => sum + recordCount, 0)
}
