import { readdirSync } from 'node:fs'
import type { Test } from 'tap'

type Ask = (path: string) => Promise<Response>

/** What an attack must leave as it is: what the daemon lists, and the files of its directory. */
export type Condition = {
  readonly functions: unknown
  readonly mappings: unknown
  readonly files: readonly string[]
}

/** @param ask Sends a request that the daemon takes. */
export async function conditionOf(ask: Ask, directory: string): Promise<Condition> {
  const listed = async (path: string): Promise<unknown> => {
    const answer = await ask(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
    return answer.json()
  }
  return {
    functions: await listed('/2015-03-31/functions'),
    mappings: await listed('/2015-03-31/event-source-mappings'),
    files: readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted(),
  }
}

/** The daemon is alive, and nothing was written. */
export async function expectUnharmed(
  t: Test,
  { ask, directory, before }: { ask: Ask; directory: string; before: Condition },
): Promise<void> {
  t.equal((await ask('/livez')).status, 200, 'alive')
  t.same(await conditionOf(ask, directory), before, 'nothing written')
}
