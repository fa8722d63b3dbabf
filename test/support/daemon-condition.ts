import { readdirSync } from 'node:fs'
import type { Test } from 'tap'

export type Watched = {
  /** Sends a request that the daemon takes. */
  readonly ask: (path: string) => Promise<Response>
  /** Of the daemon's data. */
  readonly directory: string
}

/** What an attack must leave as it is. @returns expects that the daemon is alive, and that nothing was written since. */
export async function watchCondition(t: Test, watched: Watched): Promise<() => Promise<void>> {
  const before = await conditionOf(watched)
  return async () => {
    t.equal((await watched.ask('/livez')).status, 200, 'alive')
    t.same(await conditionOf(watched), before, 'nothing written')
  }
}

/** What it lists, and the files of its directory. */
async function conditionOf({ ask, directory }: Watched) {
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
