import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BenchmarkContext } from './benchmark.ts'

/** One contender's run. */
export type Contender<Result> = { readonly name: string; run(): Promise<Result> }

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * Runs two contenders by turns in this one process, each round in the other order: what else the machine does, and how
 * warm it is, meets both alike, and a ratio is made of two neighbours. The first round warms up and counts for nothing.
 * Each run begins with a clean heap.
 * @returns the pairs of the measured rounds.
 */
export async function alternate<First, Second>(
  { runs, signal, progress }: Pick<BenchmarkContext, 'runs' | 'signal' | 'progress'>,
  first: Contender<First>,
  second: Contender<Second>,
): Promise<readonly (readonly [First, Second])[]> {
  const pairs: (readonly [First, Second])[] = []
  const timed = async <Result>({ name, run }: Contender<Result>, round: number) => {
    signal.throwIfAborted()
    collectGarbage()
    const result = await run()
    progress(`${name}, ${round === 0 ? 'warm-up' : `run ${round}`}: ${JSON.stringify(result)}`)
    return result
  }
  for (let round = 0; round <= runs; round++) {
    const isTurned = round % 2 === 1
    const early = isTurned ? undefined : await timed(first, round)
    const secondResult = await timed(second, round)
    const firstResult = early ?? (await timed(first, round))
    if (round > 0) pairs.push([firstResult, secondResult])
  }
  return pairs
}
