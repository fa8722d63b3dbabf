import type { Command } from 'commander'
import { compareSequenceNumbers, type SequenceNumber } from '../core/ids.ts'
import { printable } from '../core/printable.ts'
import type { MappingRecord, ShardState, StateView } from '../engine/state-view.ts'
import { registerReset, registerSet } from './checkpoint-change.ts'
import { registerExport, registerImport } from './checkpoint-file.ts'
import type { CommandContext } from './command-context.ts'
import { withStateView } from './data-directory.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult } from './print.ts'

type Flags = ConfigurationFlags & { readonly json?: boolean; readonly mapping?: string }

/** `millrace checkpoint show|set|reset|export|import`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const checkpoint = program
    .command('checkpoint')
    .description('how far mappings have read their shards: look at it, move it')
  withExample(
    checkpoint,
    'millrace checkpoint show',
    'millrace checkpoint reset 5b1c0a0e-0f5e-5e6a-9a51-1d5a6a1f0001 --to trim-horizon',
  )
  registerShow(checkpoint, context)
  registerSet(checkpoint, context)
  registerReset(checkpoint, context)
  registerExport(checkpoint, context)
  registerImport(checkpoint, context)
}

function registerShow(checkpoint: Command, context: CommandContext): void {
  const command = checkpoint
    .command('show')
    .description('durable positions of every shard and lane, and the batches in hand')
    .option('--mapping <uuid>', 'only this mapping')
  withExample(withJson(withConfiguration(command)), 'millrace checkpoint show --json')
  command.action((flags: Flags) =>
    withStateView(context, flags, (view, directory) => {
      const records = flags.mapping ? [view.mapping(flags.mapping)] : view.mappings()
      const mappings = records.map((record) => positionsOf(view, record))
      const { outboxCount } = view
      printResult(context, flags, {
        json: { directory, outbox: outboxCount, mappings },
        text: () =>
          mappings.length === 0
            ? 'no mapping has run on this data'
            : [...mappings.map(mappingText), ...outboxText(outboxCount)].join('\n\n'),
      })
    }),
  )
}

function positionsOf(view: StateView, { uuid, createdAt }: MappingRecord) {
  return {
    uuid,
    createdAt: new Date(createdAt).toISOString(),
    shards: view.shards(uuid).map(({ address, state }) => {
      const { mark, generations, stacks, counts, finished, start } = state
      const { streamArn, shardId } = address
      return { streamArn, shardId, mark, finished, start, generations, stacks, counts }
    }),
  }
}

type Positions = ReturnType<typeof positionsOf>

function mappingText({ uuid, createdAt, shards }: Positions): string {
  const lines = [`mapping ${uuid}, since ${createdAt}`]
  let streamArn: string | undefined
  for (const shard of shards) {
    if (shard.streamArn !== streamArn) lines.push(`  ${printable(shard.streamArn)}`)
    streamArn = shard.streamArn
    lines.push(...shardLines(shard).map((line) => `    ${line}`))
  }
  return lines.join('\n')
}

function shardLines(shard: Positions['shards'][number]): string[] {
  const { shardId, mark, finished, counts } = shard
  const place = finished ? 'closed and settled to its end' : (mark ?? 'nothing settled yet')
  const { delivered, filtered, sent, dropped } = counts
  return [
    `${printable(shardId)}  ${place}`,
    `  delivered ${delivered}, filtered ${filtered}, sent ${sent}, dropped ${dropped}`,
    ...laneLines(shard),
  ]
}

/** Lanes that are ahead of the shard's mark, and what a retry or a split still owes (D4, D26). */
function laneLines({
  mark,
  generations,
  stacks,
}: Pick<ShardState, 'mark' | 'generations' | 'stacks'>): readonly string[] {
  const isAhead = (position: SequenceNumber | null): boolean =>
    position !== null && (mark === null || compareSequenceNumbers(position, mark) > 0)
  const ahead = generations.flatMap(({ factor, positions }) =>
    positions.flatMap((position, lane) =>
      isAhead(position) ? [`  lane ${lane} of ${factor} settled to ${position}`] : [],
    ),
  )
  const owed = Object.entries(stacks).flatMap(([lane, stack]) =>
    stack.map(
      ({ first, last, attempt, inDoubt }) =>
        `  lane ${lane} holds ${first} to ${last}, ${countText(attempt, 'attempt')} begun${inDoubt ? ', the last one in doubt' : ''}`,
    ),
  )
  return [...ahead, ...owed]
}

function outboxText(count: number): readonly string[] {
  return count === 0 ? [] : [`${countText(count, 'report')} wait for their destination`]
}
