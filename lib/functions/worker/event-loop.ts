import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Tells whether the user's code keeps the event loop of this thread alive. On Lambda the loop simply ends; here ports
 * and the host live in it as well, so the loop is compared with what it held before the user's module was loaded.
 */
export class EventLoopWatch {
  readonly #types: readonly string[]
  readonly #baseline: ReadonlyMap<string, number>

  /** Takes the baseline now: the ports of the host must be open, and its timers unref'd. */
  constructor() {
    this.#types = process.getActiveResourcesInfo()
    this.#baseline = countByType(this.#types)
  }

  /**
   * Nothing visible of the user's code is pending. Work in libuv's thread pool (`crypto.scrypt`, `zlib.gzip`, native
   * addons) is *not* visible: what must be certain asks {@link isReachable} too.
   */
  isQuiet(): boolean {
    const types = process.getActiveResourcesInfo()
    if (types.length === this.#types.length && types.every((type, i) => type === this.#types[i])) {
      return true
    }
    for (const [type, count] of countByType(types)) {
      if (count > (this.#baseline.get(type) ?? 0)) return false
    }
    return true
  }
}

function countByType(types: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}

let collectGarbage: (() => void) | undefined

/**
 * Whether anything still refers to one of these objects, pending native work included. Costs a full garbage
 * collection (some 10 ms): only for an invocation that is suspected to hang.
 * A promise that nothing refers to can never be settled: that is the proof that `Runtime.NodeJsExit` needs.
 */
export function isReachable(references: readonly WeakRef<object>[]): boolean {
  if (collectGarbage === undefined) {
    setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as () => void
  }
  collectGarbage()
  return references.some((reference) => reference.deref() !== undefined)
}
