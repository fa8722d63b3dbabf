import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BenchmarkContext } from './benchmark.ts'

/** One contender's run. */
export type Contender<Result> = { readonly name: string; run(): Promise<Result> }

type TurnsContext = Pick<BenchmarkContext, 'runs' | 'signal' | 'progress'>

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/**
 * Runs two contenders by turns in this one process, each round in the other order: what else the machine does, and how
 * warm it is, meets both alike, and a ratio is made of two neighbours. The first round warms up and counts for nothing.
 * Each run begins with a clean heap.
 * @returns the pairs of the measured rounds.
 */
export async function alternate<First, Second>(
  { runs, signal, progress }: TurnsContext,
  first: Contender<First>,
  second: Contender<Second>,
): Promise<readonly (readonly [First, Second])[]> {
  const rounds = await takeTurns<First | Second>({ runs, signal, progress }, [first, second])
  return rounds.map(([one, two]) => [one as First, two as Second])
}

/**
 * {@link alternate} for as many contenders as there are. A smoke run has no round that warms up.
 * @returns the measured rounds, each with the results in the order of the contenders.
 */
export async function takeTurns<Result>(
  { runs, signal, progress, smoke = false }: TurnsContext & { readonly smoke?: boolean },
  contenders: readonly Contender<Result>[],
): Promise<readonly (readonly Result[])[]> {
  const rounds: (readonly Result[])[] = []
  for (let round = smoke ? 1 : 0; round <= runs; round++) {
    const results = new Map<Contender<Result>, Result>()
    for (const contender of round % 2 === 1 ? contenders.toReversed() : contenders) {
      signal.throwIfAborted()
      collectGarbage()
      const result = await contender.run()
      const which = round === 0 ? 'warm-up' : `run ${round}`
      progress(`${contender.name}, ${which}: ${JSON.stringify(result)}`)
      results.set(contender, result)
    }
    if (round > 0) rounds.push(contenders.map((contender) => results.get(contender)!))
  }
  return rounds
}
