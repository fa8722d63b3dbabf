import { relative } from 'node:path'
import fc from 'fast-check'
import type { Test } from 'tap'
import { testRuns, testSeed } from './seeded-random.ts'

/** What the properties of a test file may take together; the runner ends a file after two minutes. @unit ms */
const FILE_MS = 24_000
const FILE_MS_MORE_RUNS = 100_000

/**
 * Checks a property with a fresh seed, or with the one of a failure that is being replayed. A failure prints the
 * command that replays it. `MILLRACE_TEST_RUNS` multiplies the number of runs.
 * @param options.perFile how many properties share the time of the test file.
 */
export async function holds<Values extends [unknown, ...unknown[]]>(
  t: Test,
  property: fc.IAsyncProperty<Values> | fc.IProperty<Values>,
  { runs, perFile = 2 }: { readonly runs: number; readonly perFile?: number },
): Promise<void> {
  t.setTimeout(120_000)
  const only = process.env['MILLRACE_TEST_PROPERTY']
  if (only !== undefined && only !== t.name) return void t.pass(`only "${only}" is asked for`)
  const path = process.env['MILLRACE_TEST_PATH']
  const replay = path === undefined ? {} : { path, endOnFailure: true }
  const result = await fc.check(property as fc.IAsyncProperty<Values>, {
    seed: testSeed(),
    numRuns: testRuns(runs),
    // A machine that is busy makes fewer runs, and says how many.
    interruptAfterTimeLimit: (testRuns(1) > 1 ? FILE_MS_MORE_RUNS : FILE_MS) / perFile,
    ...replay,
  })
  t.comment(`seed ${result.seed}`)
  if (!result.failed) return void t.ok(result.numRuns > 0, `${result.numRuns} runs`)
  const { counterexample, counterexamplePath, errorInstance, seed } = result
  t.fail(String(errorInstance ?? 'interrupted'))
  // Comments stand on lines of their own: the command can be copied as it is.
  const file = relative('.', process.argv[1] ?? '')
  const name = t.name.replaceAll("'", "'\\''")
  t.comment('replay:')
  t.comment(`npm test -- ${file} --property '${name}' --seed ${seed} --path ${counterexamplePath}`)
  t.comment(`counterexample: ${fc.stringify(counterexample)}`)
}
