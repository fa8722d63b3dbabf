import { type Command, InvalidArgumentError, Option } from 'commander'
import type { DiscardCondition } from '../core/destination/failed-batch.ts'
import type { EpochMs, MappingUuid } from '../core/ids.ts'
import type { FailedBatchFilter } from '../core/redrive/failed-batch-filter.ts'
import { maybeTime } from '../settings/time-text.ts'
import { UsageError } from './command-context.ts'

const CONDITIONS = ['RetryAttemptsExhausted', 'RecordAgeExceeded'] satisfies DiscardCondition[]

/** What {@link withFilter} leaves in a command's options. */
export type FilterFlags = {
  readonly mapping?: string
  readonly condition?: DiscardCondition
  readonly key?: string
  readonly since?: EpochMs
  readonly until?: EpochMs
}

/** Adds the flags that say which failed batches are meant. */
export function withFilter(command: Command): Command {
  return command
    .option('--mapping <uuid>', 'only batches of this mapping')
    .addOption(
      new Option('--condition <name>', 'only those given up for this reason').choices(CONDITIONS),
    )
    .option('--key <value>', 'only those that hold a record with this value of a key attribute')
    .addOption(timeOption('--since <time>', 'only those given up at this time or later'))
    .addOption(timeOption('--until <time>', 'only those given up before this time'))
}

function timeOption(flags: string, description: string): Option {
  const text = `${description}: 2026-01-31T12:00:00Z, or 2h for two hours ago`
  return new Option(flags, text).argParser((word) => {
    const time = maybeTime(word, Date.now())
    if (time !== undefined) return time
    throw new InvalidArgumentError(
      'It must be a time as 2026-01-31T12:00:00Z, or a duration as 2h.',
    )
  })
}

/** @param ids None = all that the flags leave. */
export function filterOf(flags: FilterFlags, ids: readonly string[] = []): FailedBatchFilter {
  const { mapping, condition, key, since, until } = flags
  return {
    ...(ids.length > 0 ? { ids } : {}),
    ...(mapping === undefined ? {} : { mapping: mapping as MappingUuid }),
    ...(condition === undefined ? {} : { condition }),
    ...(key === undefined ? {} : { key }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
}

/** A command that changes something wants to be told what is meant. @throws UsageError */
export function expectSelection(
  command: string,
  filter: FailedBatchFilter,
  all: boolean | undefined,
): void {
  if (all && Object.keys(filter).length > 0)
    throw new UsageError('--all leaves nothing out: give it without ids and filters', command)
  if (!all && Object.keys(filter).length === 0) {
    const flags = '--mapping, --condition, --key, --since, --until'
    throw new UsageError(`${command} needs ids, or ${flags}, or --all`, command)
  }
}
