import type { ReadAhead } from '../../lib/actors/poller/shard-lanes.ts'
import type { BackoffSettings, MappingSettings } from '../../lib/core/mapping/settings.ts'
import type { StreamSource } from '../../lib/ports/stream-source.ts'
import type { MemorySource } from '../../lib/sources/memory/memory-source.ts'
import type { PortName } from './rig-ports.ts'
import type { EventRecord } from './rig-settings.ts'

/** One invocation as the handler sees it. */
export type RigCall = {
  readonly numbers: readonly number[]
  readonly records: readonly EventRecord[]
  readonly requestId: string
  /** Virtual time. @unit epoch ms */
  readonly at: number
  readonly context: unknown
  readonly event: unknown
}

export type RigOptions = {
  readonly settings?: Partial<MappingSettings>
  /** What the function does with a batch; it may throw, and may return a promise. */
  readonly handler?: (call: RigCall) => unknown
  /** A reason why the function cannot run now. @source aws-semantics §4.1 */
  readonly throttle?: () => string | undefined
  readonly shards?: readonly string[]
  readonly seed?: number
  readonly timeoutSeconds?: number
  readonly pageRecordsMax?: number
  readonly readAhead?: Partial<ReadAhead>
  readonly backoff?: BackoffSettings
  /** How the source behaves: at once and with news of arrivals, or as a server that is polled. */
  readonly pace?: 'notified' | 'remote'
  /** What the engine reads in place of a memory source. */
  readonly readable?: (source: MemorySource) => StreamSource
  /** What stands in place of each call of a port: see {@link RigPorts}. */
  readonly beforeCall?: (
    port: PortName,
    number: number,
  ) => 'fail' | 'crash' | 'crash-after' | undefined
}
