import type { Command } from 'commander'
import type { StoredStatus } from '../engine/stored-status.ts'
import type { CommandContext } from './command-context.ts'
import { mappingText } from './explanation-text.ts'
import { type ConfigurationFlags, withConfiguration, withExample, withJson } from './options.ts'
import { countText, printResult } from './print.ts'

type Flags = ConfigurationFlags & { readonly json?: boolean }

/** `millrace status [MAPPING]`. @source contract §2 */
export function register(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .description(
      'where mappings stand: shards, how far they are behind, batches in hand, tumbling windows; also while an engine runs, as of its last checkpoint',
    )
    .argument('[mapping]', 'UUID of one mapping (default: all)')
  withExample(withJson(withConfiguration(command)), 'millrace status', 'millrace status --json')
  command.action(async (uuid: string | undefined, flags: Flags) => {
    const [{ loadConfiguration }, { readStatus }] = await Promise.all([
      import('../settings/load-configuration.ts'),
      import('../engine/stored-status.ts'),
    ])
    const { workingDirectory, environment } = context
    const whenMissing = 'empty'
    const loaded = await loadConfiguration({ workingDirectory, environment, flags, whenMissing })
    const now = Date.now()
    const status = await readStatus(loaded.configuration, uuid, now)
    const { directory, owner, mappings, outboxCount: outbox } = status
    const text = () => statusText(status, context, now)
    printResult(context, flags, { json: { directory, owner, outbox, mappings }, text })
  })
}

function statusText(status: StoredStatus, context: CommandContext, now: number): string {
  const { directory, mappings, outboxCount } = status
  const paint = context.paintResult
  const texts = mappings.map((mapping) => mappingText(mapping, { now, paint }))
  const outbox =
    outboxCount > 0 ? [`${countText(outboxCount, 'report')} wait for their destination`] : []
  const none = mappings.length === 0 ? ['no mapping has run on this data'] : []
  return [`${directory}: ${ownerText(status)}`, ...none, ...texts, ...outbox].join('\n\n')
}

function ownerText({ owner }: StoredStatus): string {
  switch (owner.state) {
    case 'running':
      return `process ${owner.pid} runs on it; this is its last checkpoint, and what a lane does now only that process knows`
    case 'none':
      return 'no process runs on it'
    case 'gone':
      return 'no process runs on it; the last one ended without closing it'
  }
}
