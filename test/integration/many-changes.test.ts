import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import t from 'tap'
import { openLmdbStateReader } from '../../lib/state/lmdb/lmdb-state-reader.ts'
import { checkStory, type JournalLine, readJournal } from '../crash/journal.ts'
import { RunningMillrace } from '../support/millrace-process.ts'
import { seededFraction, testSeed } from '../support/seeded-random.ts'
import { Tables } from './tables.ts'

t.setTimeout(300_000)

const HANDLERS = fileURLToPath(new URL('../../../test/fixtures/handlers', import.meta.url))
const TABLE = 'orders'
const CHANGES = 20_000
const KEYS = 400
const WRITERS = 8
/** @source BatchWriteItem */
const REQUESTS_MAX = 25

type EventName = 'INSERT' | 'MODIFY' | 'REMOVE'
type Change = { readonly key: string; readonly name: EventName; readonly request: WriteRequest }

/** Rounds over all keys; each round changes each key once: what is there is modified, or removed one time in four. */
function planChanges(random: () => number): readonly Change[] {
  const isThere = Array<boolean>(KEYS).fill(false)
  return Array.from({ length: CHANGES }, (_, n) => {
    const k = n % KEYS
    const key = `key-${k}`
    const id = { S: key }
    if (isThere[k] && random() < 0.25) {
      isThere[k] = false
      return { key, name: 'REMOVE', request: { DeleteRequest: { Key: { id } } } }
    }
    const name = isThere[k] ? 'MODIFY' : 'INSERT'
    isThere[k] = true
    const Item = { id, n: { N: String(n) }, next: { N: String(n + KEYS) } }
    return { key, name, request: { PutRequest: { Item } } }
  })
}

/** Each writer has keys of its own, and never two changes of one key in a request. */
async function writeAll(tables: Tables, changes: readonly Change[]): Promise<void> {
  const keysEach = KEYS / WRITERS
  const writer = async (w: number): Promise<void> => {
    for (let round = 0; round < changes.length; round += KEYS) {
      const own = changes.slice(round + w * keysEach, round + (w + 1) * keysEach)
      for (let at = 0; at < own.length; at += REQUESTS_MAX)
        await tables.write(
          TABLE,
          own.slice(at, at + REQUESTS_MAX).map(({ request }) => request),
        )
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, (_, w) => writer(w)))
}

class Runs {
  readonly #tables: Tables
  readonly #folder: string
  readonly journal: string

  constructor(tables: Tables) {
    this.#tables = tables
    this.#folder = tables.folder
    this.journal = join(tables.folder, 'journal.ndjson')
  }

  gate(name: string): string {
    return join(this.#folder, name)
  }

  /** `millrace run` whose handlers stop at this gate after a few invocations in each thread. */
  start(gate: string): RunningMillrace {
    const Variables = { JOURNAL: this.journal, GATE: this.gate(gate), HELD_AFTER: '8' }
    const code = { Runtime: 'nodejs20.x', CodeUri: HANDLERS, Handler: 'changes.handler' }
    const configuration = {
      Sources: this.#tables.sources,
      Functions: { changes: { ...code, Timeout: 60, Environment: { Variables } } },
      Mappings: [
        {
          Table: TABLE,
          FunctionName: 'changes',
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 50,
          ParallelizationFactor: 10,
          MaximumRetryAttempts: 0,
        },
      ],
    }
    writeFileSync(join(this.#folder, 'millrace.json'), JSON.stringify(configuration))
    return new RunningMillrace(['run', '--config', 'millrace.json', '--json'], this.#folder)
  }

  open(gate: string): void {
    writeFileSync(this.gate(gate), '')
  }

  async untilHeld(gate: string): Promise<void> {
    while (!existsSync(`${this.gate(gate)}.held`)) await pause(20)
  }

  /** The durable low-water mark of the stream's one shard. */
  async mark(): Promise<string | null> {
    const reader = await openLmdbStateReader(join(this.#folder, '.millrace'))
    try {
      const [mapping] = reader.mappings()
      const [shard] = reader.loadShards(mapping!.uuid).values()
      return shard!.state.mark
    } finally {
      await reader.close()
    }
  }
}

const seed = testSeed()
t.comment(`MILLRACE_TEST_SEED=${seed}`)

t.test('20,000 changes of a table, through a stop and a kill: I1, I2, I3, I4, I6', async (t) => {
  const tables = await Tables.start(t)
  await tables.create(TABLE)
  const changes = planChanges(seededFraction(seed))
  const runs = new Runs(tables)
  await writeAll(tables, changes.slice(0, CHANGES / 2))
  const written = writeAll(tables, changes.slice(CHANGES / 2))

  const stopped = runs.start('stop')
  await runs.untilHeld('stop')
  stopped.signal('SIGTERM')
  runs.open('stop')
  t.match(await stopped.ended(), { status: 143 }, 'stopped in the middle')

  const killed = runs.start('kill')
  await runs.untilHeld('kill')
  killed.signal('SIGKILL')
  await killed.ended()
  const death = { killed: 1, mark: await runs.mark() }
  appendFileSync(runs.journal, `${JSON.stringify(death)}\n`)

  await written
  runs.open('end')
  const { status, stdout, stderr } = await runs.start('end').ended()
  t.equal(status, 0, stderr)

  const lines = readJournal(runs.journal)
  const finding = checkStory({
    keys: changes.map(({ key }) => key),
    journal: lines,
    failed: [],
    ledger: JSON.parse(stdout) as Record<string, number>,
    retriesMax: 0,
    threadsDie: false,
    threadsAreShared: false,
  })
  t.same(finding.violations, [])
  t.ok(finding.again > 0, 'what was in flight at the kill came again')
  t.same(wronglyNamed(lines, changes), [])
})

/** Numbers of the changes that came under another name than theirs. */
function wronglyNamed(lines: readonly JournalLine[], changes: readonly Change[]) {
  return lines.flatMap((line) => {
    if (!('begun' in line)) return []
    const { names } = line as typeof line & { readonly names: readonly EventName[] }
    return line.records.map(([, , n]) => n).filter((n, i) => changes[n]!.name !== names[i])
  })
}
