import type { Command } from 'commander'
import { MillraceError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { StateView, StoredFailedBatch } from '../engine/state-view.ts'
import type { CommandContext } from './command-context.ts'
import { withStateView } from './data-directory.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult, tableText } from './print.ts'

/** Characters of an error's message in a list. */
const MESSAGE_LENGTH_MAX = 80

type Flags = ConfigurationFlags & { readonly json?: boolean; readonly mapping?: string }

/** `millrace failed list|show`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const failed = program.command('failed').description('look at batches that were given up')
  withExample(failed, 'millrace failed list', 'millrace failed show 0199a1b2c3d4-000000')
  registerList(failed, context)
  registerShow(failed, context)
}

function registerList(failed: Command, context: CommandContext): void {
  const command = failed.command('list').description('all failed batches, oldest first')
  withExample(withJson(withMapping(withConfiguration(command))), 'millrace failed list --json')
  command.action((flags: Flags) =>
    withStateView(context, flags, (view, directory) => {
      const batches = Array.from(batchesOf(view, flags), summaryOf)
      const { purgedCount } = view
      printResult(context, flags, {
        json: { directory, purged: purgedCount, failed: batches },
        text: () => listText(batches, purgedCount),
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
    withJson(withMapping(withConfiguration(command))),
    'millrace failed show 0199a1b2c3d4-000000 --json | jq .event.Records',
  )
  command.action((id: string, flags: Flags) =>
    withStateView(context, flags, (view, directory) => {
      const found = find(batchesOf(view, flags), id)
      if (!found) throw MillraceError.of('MILLRACE_FAILED_BATCH_UNKNOWN', { id, directory })
      const json = detailsOf(found)
      printResult(context, flags, { json, text: () => detailsText(json) })
    }),
  )
}

function withMapping(command: Command): Command {
  return command.option('--mapping <uuid>', 'only batches of this mapping')
}

function batchesOf(view: StateView, { mapping }: Flags): Iterable<StoredFailedBatch> {
  return view.failedBatches(mapping === undefined ? {} : { mapping: view.mapping(mapping).uuid })
}

function find(batches: Iterable<StoredFailedBatch>, id: string): StoredFailedBatch | undefined {
  for (const batch of batches) if (batch.id === id) return batch
  return undefined
}

/** A failed batch without its records: what a list can hold. */
function summaryOf({ id, failed }: StoredFailedBatch) {
  const { payload: _, discardedAt, ...facts } = failed
  return { id, discardedAt: new Date(discardedAt).toISOString(), ...facts }
}

type Summary = ReturnType<typeof summaryOf>

function detailsOf(stored: StoredFailedBatch) {
  const { firstArrivedAt, lastArrivedAt, ...facts } = summaryOf(stored)
  return {
    ...facts,
    firstArrivedAt: new Date(firstArrivedAt).toISOString(),
    lastArrivedAt: new Date(lastArrivedAt).toISOString(),
    event: JSON.parse(stored.failed.payload) as unknown,
  }
}

function listText(batches: readonly Summary[], purgedCount: number): string {
  const purged =
    purgedCount > 0 ? `\n${countText(purgedCount, 'older batch')} purged: the store was full` : ''
  if (batches.length === 0) return `no failed batches${purged}`
  const head = ['id', 'given up at', 'function', 'records', 'attempts', 'condition', 'last error']
  const rows = batches.map((batch) => [
    batch.id,
    batch.discardedAt,
    functionName(batch.functionArn),
    String(batch.recordCount),
    String(batch.approximateInvokeCount),
    batch.condition,
    errorText(batch.lastError).slice(0, MESSAGE_LENGTH_MAX),
  ])
  return `${tableText([head, ...rows])}${purged}`
}

function detailsText({ event, lastError, response, ...facts }: ReturnType<typeof detailsOf>) {
  const rows = Object.entries(facts).map(([name, value]) => [name, printable(String(value))])
  if (response) rows.push(['functionError', String(response.functionError)])
  if (lastError) rows.push(['lastError', errorText(lastError)])
  // JSON leaves some control characters as they are: C1 and the line separators.
  const lines = JSON.stringify(event, null, 2).split('\n').map(printable)
  return `${tableText(rows)}\nevent\n${lines.join('\n')}`
}

function errorText(error: Summary['lastError']): string {
  return error ? printable(`${error.errorType}: ${error.errorMessage}`) : '-'
}

function functionName(arn: string): string {
  return printable(arn.replace(/^.*:function:/, ''))
}
