import type { Command } from 'commander'
import { MillraceError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { detailsOf, redriveJson, summaryOf } from '../core/redrive/failed-batch-json.ts'
import type { RedriveStatus } from '../engine/state-view.ts'
import type { CommandContext } from './command-context.ts'
import { expectMapping, withStateView } from './data-directory.ts'
import { registerExport } from './failed-export.ts'
import { type FilterFlags, filterOf, withFilter } from './failed-filter.ts'
import { registerPurge } from './failed-purge.ts'
import { registerRedrive } from './failed-redrive.ts'
import { errorText, redriveText, type Summary, summariesText } from './failed-summary.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult, tableText } from './print.ts'

type Flags = ConfigurationFlags & FilterFlags & { readonly json?: boolean }

/** `millrace failed list|show|redrive|export|purge`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const failed = program
    .command('failed')
    .description('batches that were given up: look at them, send them again')
  withExample(
    failed,
    'millrace failed list --since 2h',
    'millrace failed redrive --key o-7 --dry-run',
    'millrace failed redrive --all --rate 100',
  )
  registerList(failed, context)
  registerShow(failed, context)
  registerRedrive(failed, context)
  registerExport(failed, context)
  registerPurge(failed, context)
}

function registerList(failed: Command, context: CommandContext): void {
  const command = failed
    .command('list')
    .description(
      'failed batches, oldest first, and the redrives of them; also while an engine runs',
    )
  withExample(
    withJson(withFilter(withConfiguration(command))),
    'millrace failed list --json',
    'millrace failed list --key o-7 --since 24h',
  )
  command.action((flags: Flags) =>
    withStateView(context, flags, (view, directory) => {
      expectMapping(view, flags)
      const batches = view.failed(filterOf(flags)).map(summaryOf)
      const redrives = view.redrives()
      const { purgedCount } = view
      printResult(context, flags, {
        json: {
          directory,
          purged: purgedCount,
          failed: batches,
          redrives: redrives.map(redriveJson),
        },
        text: () => listText(batches, redrives, purgedCount),
      })
    }),
  )
}

function registerShow(failed: Command, context: CommandContext): void {
  const command = failed
    .command('show')
    .description('one failed batch with the records in it')
    .argument('<id>', 'as millrace failed list says')
  withExample(
    withJson(withConfiguration(command)),
    'millrace failed show 0199a1b2c3d4-000000 --json | jq .event.Records',
  )
  command.action((id: string, flags: Flags) =>
    withStateView(context, flags, (view, directory) => {
      const found = view.failedBatch(id)
      if (!found) throw MillraceError.of('MILLRACE_FAILED_BATCH_UNKNOWN', { id, directory })
      const [summary] = view.failed({ ids: [id] })
      const json = detailsOf(found, summary)
      printResult(context, flags, { json, text: () => detailsText(json) })
    }),
  )
}

function listText(
  batches: readonly Summary[],
  redrives: readonly RedriveStatus[],
  purgedCount: number,
): string {
  const purged = `${countText(purgedCount, 'older batch')} purged: the store was full`
  return [
    batches.length === 0 ? 'no failed batches' : summariesText(batches),
    ...(purgedCount > 0 ? [purged] : []),
    ...redrives.map(redriveText),
    ...(redrives.some(({ state }) => state === 'running')
      ? ['go on with what has not ended: millrace failed redrive --resume, or the next start']
      : []),
  ].join('\n')
}

function detailsText(details: ReturnType<typeof detailsOf>): string {
  const { event, lastError, response, redrive, window: _, ...facts } = details
  const rows = Object.entries(facts).map(([name, value]) => [name, printable(String(value))])
  if (redrive)
    rows.push(['redriven', `${countText(redrive.count, 'time')}; first ${redrive.first}`])
  if (response) rows.push(['functionError', String(response.functionError)])
  if (lastError) rows.push(['lastError', errorText(lastError)])
  // JSON leaves some control characters as they are: C1 and the line separators.
  const lines = JSON.stringify(event, null, 2).split('\n').map(printable)
  return `${tableText(rows)}\nevent\n${lines.join('\n')}`
}
