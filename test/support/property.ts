import { relative } from 'node:path'
import fc from 'fast-check'
import type { Test } from 'tap'
import { testRuns, testSeed } from './seeded-random.ts'

/**
 * Checks a property with a fresh seed, or with the one of a failure that is being replayed. A failure prints the
 * command that replays it. `MILLRACE_TEST_RUNS` multiplies the number of runs.
 */
export async function holds<Values extends [unknown, ...unknown[]]>(
  t: Test,
  property: fc.IAsyncProperty<Values> | fc.IProperty<Values>,
  { runs }: { readonly runs: number },
): Promise<void> {
  t.setTimeout(120_000)
  const only = process.env['MILLRACE_TEST_PROPERTY']
  if (only !== undefined && only !== t.name) return void t.pass(`only "${only}" is asked for`)
  const path = process.env['MILLRACE_TEST_PATH']
  const replay = path === undefined ? {} : { path, endOnFailure: true }
  const result = await fc.check(property as fc.IAsyncProperty<Values>, {
    seed: testSeed(),
    numRuns: testRuns(runs),
    interruptAfterTimeLimit: 100_000,
    ...replay,
  })
  t.comment(`seed ${result.seed}`)
  if (!result.failed) return void t.pass(`${result.numRuns} runs`)
  t.fail(
    [
      `replay: npm test -- ${relative('.', process.argv[1] ?? '')} --property '${t.name}' --seed ${result.seed} --path ${result.counterexamplePath}`,
      `counterexample: ${fc.stringify(result.counterexample)}`,
      String(result.errorInstance ?? 'interrupted'),
    ].join('\n'),
  )
}
