import type { Clock } from '../../ports/clock.ts'
import type { FunctionError } from '../../ports/function-runtime.ts'
import type { HostThreads } from '../../ports/host-threads.ts'
import type { Permits } from '../lane-memory/permits.ts'
import type { PoolMemory } from '../lane-memory/pool-memory.ts'
import type { Slab } from '../lane-memory/slab.ts'
import type { FromHost, ToHost } from '../protocol.ts'

export type LanePoolParts = {
  readonly slab: Slab
  readonly threads: HostThreads<PoolMemory, FromHost, ToHost>
  readonly clock: Clock
  /** The function's `Timeout`. */
  readonly timeoutSeconds: number
  /** Processors of the machine. */
  readonly processors: number
  /** A host could not load the function, or broke: nothing of this pool can run. */
  readonly failed: (error: FunctionError | Error) => void
  /** Version of the function, for reports; `$LATEST` where none is given. */
  readonly executedVersion?: string
  /** Of the function, over all its pools; without them there is no limit. */
  readonly permits?: Permits
  /** Names its first host among the holders of permits; the others follow. */
  readonly holdersFrom?: number
}
