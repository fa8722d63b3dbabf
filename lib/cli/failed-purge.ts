import type { Command } from 'commander'
import type { FailedBatchFilter } from '../core/redrive/failed-batch-filter.ts'
import type { CommandContext } from './command-context.ts'
import { expectMapping, openIdleEngine, withStateView } from './data-directory.ts'
import { expectSelection, type FilterFlags, filterOf, withFilter } from './failed-filter.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, digitsText, printResult } from './print.ts'

type Flags = ConfigurationFlags &
  FilterFlags & { readonly json?: boolean; readonly all?: boolean; readonly dryRun?: boolean }

/** `millrace failed purge`. */
export function registerPurge(failed: Command, context: CommandContext): void {
  const command = failed
    .command('purge')
    .description('remove failed batches for good')
    .argument('[ids...]', 'only these')
    .option('--all', 'all of them')
    .option('--dry-run', 'say what would be removed, and remove nothing')
  withExample(
    withJson(withFilter(withConfiguration(command))),
    'millrace failed purge --until 2026-01-31 --dry-run',
    'millrace failed purge --all',
  )
  command.action(async (ids: readonly string[], flags: Flags) => {
    const filter = filterOf(flags, ids)
    expectSelection('millrace failed purge', filter, flags.all)
    await (flags.dryRun ? preview(filter, flags, context) : purge(filter, flags, context))
  })
}

/** What is kept although it is meant, and why. */
const KEPT = 'kept: its report waits for its destination, or a redrive holds it'

function preview(filter: FailedBatchFilter, flags: Flags, context: CommandContext): Promise<void> {
  return withStateView(context, flags, (view, directory) => {
    expectMapping(view, flags)
    const meant = view.failed(filter)
    const free = meant.filter(({ state }) => state === 'kept')
    const kept = meant.length - free.length
    const ids = free.map(({ id }) => id)
    printResult(context, flags, {
      json: { directory, dryRun: true, purged: free.length, kept, ids },
      text: () =>
        [
          `${countText(free.length, 'failed batch')} would be removed`,
          ...ids.map((id) => `  ${id}`),
          ...(kept > 0 ? [`${digitsText(kept)} ${KEPT}`] : []),
        ].join('\n'),
    })
  })
}

async function purge(
  filter: FailedBatchFilter,
  flags: Flags,
  context: CommandContext,
): Promise<void> {
  const { engine, configuration } = await openIdleEngine(context, flags, 'empty')
  try {
    const meant = engine.failed.list(filter).length
    const { count, bytes } = await engine.failed.purge(filter)
    const kept = meant - count
    printResult(context, flags, {
      json: { directory: configuration.dataDirectory, purged: count, bytes, kept },
      text: () =>
        [
          `${countText(count, 'failed batch')} removed, ${countText(bytes, 'byte')}`,
          ...(kept > 0 ? [`${digitsText(kept)} ${KEPT}`] : []),
        ].join('\n'),
    })
  } finally {
    await engine.stop()
  }
}
