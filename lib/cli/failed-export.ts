import { closeSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../core/errors.ts'
import { detailsOf } from '../core/redrive/failed-batch-json.ts'
import type { StateView } from '../engine/state-view.ts'
import type { CommandContext, Output } from './command-context.ts'
import { expectMapping, withStateView } from './data-directory.ts'
import { type FilterFlags, filterOf, withFilter } from './failed-filter.ts'
import { type ConfigurationFlags, withConfiguration, withExample } from './options.ts'
import { countText } from './print.ts'

/** It holds payloads: nobody else reads it. */
const FILE_MODE = 0o600

type Flags = ConfigurationFlags & FilterFlags & { readonly output?: string }

/** `millrace failed export`. */
export function registerExport(failed: Command, context: CommandContext): void {
  const command = failed
    .command('export')
    .description(
      'whole failed batches with their records, a JSON object a line; also while an engine runs',
    )
    .option('--output <file>', 'write to this file, not to standard output')
  withExample(
    withFilter(withConfiguration(command)),
    'millrace failed export --since 24h --output failed.ndjson',
    'millrace failed export | jq .event.Records[].dynamodb.Keys',
  )
  command.action((flags: Flags) =>
    withStateView(context, flags, async (view) => {
      expectMapping(view, flags)
      const { output } = flags
      if (output === undefined) await toStream(lines(view, flags), context.stdout)
      else {
        const count = toFile(lines(view, flags), resolve(context.workingDirectory, output), output)
        context.stderr.write(`${countText(count, 'failed batch')} written to ${output}\n`)
      }
    }),
  )
}

/** One payload is in memory at a time. */
function* lines(view: StateView, flags: FilterFlags): Iterable<string> {
  for (const summary of view.failed(filterOf(flags))) {
    const stored = view.failedBatch(summary.id)
    // Purged meanwhile.
    if (stored) yield `${JSON.stringify(detailsOf(stored, summary))}\n`
  }
}

async function toStream(texts: Iterable<string>, output: Output): Promise<void> {
  for (const text of texts)
    if (output.write(text) === false)
      await new Promise<void>((taken) => (output.once ? output.once('drain', taken) : taken()))
}

function toFile(texts: Iterable<string>, path: string, name: string): number {
  try {
    const file = openSync(path, 'w', FILE_MODE)
    let count = 0
    try {
      for (const text of texts) {
        writeSync(file, text)
        count++
      }
    } finally {
      closeSync(file)
    }
    return count
  } catch (error) {
    if (error instanceof MillraceError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw MillraceError.of('MILLRACE_DATA_UNWRITABLE', { directory: name, reason }, error)
  }
}
