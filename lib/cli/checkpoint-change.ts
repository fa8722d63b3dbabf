import { type Command, Option } from 'commander'
import { printable } from '../core/printable.ts'
import type { Engine } from '../engine/engine.ts'
import type { PositionPlan, ShardPreview } from '../engine/positions/engine-checkpoints.ts'
import type { CommandContext } from './command-context.ts'
import { isConfirmed } from './confirm.ts'
import { openIdleEngine } from './data-directory.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult } from './print.ts'

/** Flags of commands that change positions. */
export type ChangeFlags = ConfigurationFlags & { readonly json?: boolean; readonly yes?: boolean }

const UUID = '5b1c0a0e-0f5e-5e6a-9a51-1d5a6a1f0001'

/** `millrace checkpoint set`. */
export function registerSet(checkpoint: Command, context: CommandContext): void {
  const command = checkpoint
    .command('set')
    .description('read a shard from behind this record on; shows what that means first')
    .argument('<mapping>', 'UUID of the mapping, as millrace checkpoint show says')
    .argument('<shard>', 'id of the shard')
    .argument('<sequence>', 'sequence number of the last record that counts as settled')
  withExample(
    withChange(command),
    `millrace checkpoint set ${UUID} shardId-00000000000000000000-00000000 400000000001000000007`,
  )
  command.action((mapping: string, shard: string, sequence: string, flags: ChangeFlags) =>
    change('millrace checkpoint set', { context, flags }, (engine) =>
      engine.checkpoints.set(mapping, shard, sequence),
    ),
  )
}

/** `millrace checkpoint reset`. */
export function registerReset(checkpoint: Command, context: CommandContext): void {
  const command = checkpoint
    .command('reset')
    .description('read a mapping, or one shard of it, from its beginning or from now on')
    .argument('<mapping>', 'UUID of the mapping, as millrace checkpoint show says')
    .argument('[shard]', 'only this shard')
    .addOption(
      new Option('--to <position>', 'the oldest record there is, or what comes from now on')
        .choices(['trim-horizon', 'latest'])
        .makeOptionMandatory(),
    )
  withExample(withChange(command), `millrace checkpoint reset ${UUID} --to trim-horizon --yes`)
  type Flags = ChangeFlags & { readonly to: 'trim-horizon' | 'latest' }
  command.action((mapping: string, shard: string | undefined, flags: Flags) =>
    change('millrace checkpoint reset', { context, flags }, (engine) =>
      engine.checkpoints.reset(mapping, flags.to, shard),
    ),
  )
}

/** Adds the flags of a command that changes positions. */
export function withChange(command: Command): Command {
  return withJson(withConfiguration(command)).option('--yes', 'make the change without asking')
}

/** Shows what a change means, and makes it when that is confirmed. */
export async function change(
  name: string,
  { context, flags }: { readonly context: CommandContext; readonly flags: ChangeFlags },
  plan: (engine: Engine) => Promise<PositionPlan>,
): Promise<void> {
  const { engine } = await openIdleEngine(context, flags, 'empty')
  try {
    const { shards, apply } = await plan(engine)
    context.stderr.write(`${previewText(shards)}\n`)
    const isMade = shards.length > 0 && (await isConfirmed(context, flags, name))
    if (isMade) await apply()
    printResult(context, flags, {
      json: { changed: isMade, shards },
      text: () =>
        isMade ? `${countText(shards.length, 'position')} changed` : 'nothing was changed',
    })
  } finally {
    await engine.stop()
  }
}

function previewText(shards: readonly ShardPreview[]): string {
  if (shards.length === 0) return 'there is no position to change'
  const total = (member: 'again' | 'skipped') =>
    shards.reduce((sum, shard) => sum + (shard[member] ?? 0), 0)
  return [
    ...shards.flatMap(shardLines),
    ...(shards.length > 1
      ? [
          `together: ${countText(total('again'), 'record')} again, ${countText(total('skipped'), 'record')} never`,
        ]
      : []),
  ].join('\n')
}

function shardLines({ shardId, from, to, again, skipped, warnings }: ShardPreview): string[] {
  const settled =
    from.last === null ? 'nothing was settled' : `settled to ${from.mark ?? 'nothing'}`
  const above = from.last !== null && from.last !== from.mark ? `, in part to ${from.last}` : ''
  const counted = again !== undefined && skipped !== undefined
  return [
    `${printable(shardId)}: ${settled}${above}; reads on ${startText(to)}`,
    counted
      ? `  ${countText(again, 'settled record')} will be delivered again`
      : '  how many records that touches, this source cannot tell cheaply',
    ...(skipped ? [`  ${countText(skipped, 'record')} will NEVER be delivered`] : []),
    ...warnings.map((warning) => `  warning: ${printable(warning)}`),
  ]
}

function startText(to: ShardPreview['to']): string {
  switch (to.type) {
    case 'after':
      return `behind ${to.sequenceNumber}`
    case 'stamped-since':
      return `from ${new Date(to.time).toISOString()} on`
    case 'trim-horizon':
      return 'from the oldest record'
  }
}
