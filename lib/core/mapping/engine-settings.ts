import * as limits from '../limits.ts'
import { parseSetting } from './setting-check.ts'
import { type Members, type ObjectRule, SettingError, type SettingPath } from './setting-rule.ts'
import { bytesText, durationText } from './setting-text.ts'
import type { BackoffSettings, EngineSettings } from './settings.ts'

const BACKOFF_RULE = {
  kind: 'duration',
  msMin: limits.BACKOFF_MS_MIN,
  msMax: limits.BACKOFF_MS_MAX,
} as const

/** D1, without defaults: a mapping that gives one of them takes the other from the engine. */
export const ENGINE_BACKOFF_MEMBERS = {
  Base: { description: 'The first wait; it doubles with every attempt.', rule: BACKOFF_RULE },
  Maximum: { description: 'The longest wait.', rule: BACKOFF_RULE },
} as const satisfies Members

const READ_AHEAD_RULE = {
  kind: 'bytes',
  min: limits.READ_AHEAD_BYTES_MIN,
  max: limits.READ_AHEAD_BYTES_MAX,
} as const

/** `Engine` of the configuration. @source contract §3 */
export const ENGINE_RULE = {
  kind: 'object',
  members: {
    MaximumThreads: {
      description: 'Pool threads of the process; idle ones end.',
      rule: { kind: 'integer', min: 1, max: limits.THREADS_MAX },
      default: limits.THREADS_DEFAULT,
    },
    ReadAheadBytes: {
      description: 'Records read ahead of the handlers, in bytes (D6).',
      rule: {
        kind: 'object',
        members: {
          Lane: {
            description: 'Of one lane.',
            rule: READ_AHEAD_RULE,
            default: bytesText(limits.LANE_READ_AHEAD_BYTES_DEFAULT),
          },
          Shard: {
            description: 'Of one shard.',
            rule: READ_AHEAD_RULE,
            default: bytesText(limits.SHARD_READ_AHEAD_BYTES_DEFAULT),
          },
          Process: {
            description: 'Of the process.',
            rule: READ_AHEAD_RULE,
            default: bytesText(limits.PROCESS_READ_AHEAD_BYTES_DEFAULT),
          },
        },
      },
      default: {},
    },
    RetryBackoff: {
      description: 'Waits before retries, with 10 % jitter (D1).',
      rule: {
        kind: 'object',
        members: {
          Base: {
            ...ENGINE_BACKOFF_MEMBERS.Base,
            default: durationText(limits.BACKOFF_BASE_MS_DEFAULT),
          },
          Maximum: {
            ...ENGINE_BACKOFF_MEMBERS.Maximum,
            default: durationText(limits.BACKOFF_MAXIMUM_MS_DEFAULT),
          },
        },
      },
      default: {},
    },
    TumblingWindowGrace: {
      description: 'How long after its end a tumbling window of an idle shard is closed (D8).',
      rule: { kind: 'duration', msMin: 0, msMax: limits.TUMBLING_WINDOW_GRACE_MS_MAX },
      default: durationText(limits.TUMBLING_WINDOW_GRACE_MS_DEFAULT),
    },
    FailedBatchStore: {
      description: 'Failed batches that are kept with their payload.',
      rule: {
        kind: 'object',
        members: {
          MaximumBytes: {
            description: 'The oldest are purged, and counted, above this size.',
            rule: {
              kind: 'bytes',
              min: limits.FAILED_BATCH_STORE_BYTES_MIN,
              max: limits.FAILED_BATCH_STORE_BYTES_MAX,
            },
            default: bytesText(limits.FAILED_BATCH_STORE_BYTES_DEFAULT),
          },
        },
      },
      default: {},
    },
  },
} as const satisfies ObjectRule

/**
 * `Engine` of the configuration, with its defaults.
 *
 * @throws SettingError whose path starts below `Engine`.
 */
export function parseEngine(input: unknown): EngineSettings {
  const { MaximumThreads, ReadAheadBytes, RetryBackoff, TumblingWindowGrace, FailedBatchStore } =
    parseSetting(input, ENGINE_RULE)
  const readAheadBytes = {
    lane: ReadAheadBytes.Lane,
    shard: ReadAheadBytes.Shard,
    process: ReadAheadBytes.Process,
  }
  if (readAheadBytes.lane > readAheadBytes.shard || readAheadBytes.shard > readAheadBytes.process) {
    throw new SettingError({
      type: 'refused',
      path: ['ReadAheadBytes'],
      message: `Lane (${bytesText(readAheadBytes.lane)}) must not be above Shard (${bytesText(readAheadBytes.shard)}), nor Shard above Process (${bytesText(readAheadBytes.process)})`,
    })
  }
  return {
    maximumThreads: MaximumThreads,
    readAheadBytes,
    retryBackoff: toBackoff({ baseMs: RetryBackoff.Base, maximumMs: RetryBackoff.Maximum }, [
      'RetryBackoff',
    ]),
    tumblingWindowGraceMs: TumblingWindowGrace,
    failedBatchStoreMaximumBytes: FailedBatchStore.MaximumBytes,
  }
}

/** @throws SettingError where the base is above the maximum. */
export function toBackoff(backoff: BackoffSettings, path: SettingPath): BackoffSettings {
  if (backoff.baseMs <= backoff.maximumMs) return backoff
  throw new SettingError({
    type: 'refused',
    path,
    message: `Base (${durationText(backoff.baseMs)}) must not be above Maximum (${durationText(backoff.maximumMs)})`,
  })
}
