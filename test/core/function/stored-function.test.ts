import t from 'tap'
import {
  type FunctionEntry,
  publish,
  withAlias,
  withoutVersion,
  withRevision,
} from '../../../lib/core/function/function-entry.ts'
import {
  type FunctionChange,
  functionChanges,
  storedFunctions,
} from '../../../lib/core/function/stored-function.ts'
import { change, ENTRY } from '../../support/function-entries.ts'

/** A store that holds what was written. */
function store() {
  const kept = new Map<string, FunctionChange>()
  const ofKind = (kind: string) =>
    [...kept.values()]
      .filter((one) => one.kind === kind)
      .map(({ id, value }) => ({ id, value: structuredClone(value) }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return {
    write(before: FunctionEntry | undefined, after: FunctionEntry | undefined) {
      for (const one of functionChanges('fn', before, after))
        if (one.value === undefined) kept.delete(`${one.kind} ${one.id}`)
        else kept.set(`${one.kind} ${one.id}`, one)
    },
    read: () =>
      storedFunctions({
        functions: ofKind('function'),
        versions: ofKind('version'),
        aliases: ofKind('alias'),
      }),
    get size() {
      return kept.size
    },
  }
}

t.test('what was written is what is read, after each change', (t) => {
  const alias = { version: '1', description: 'd', revisionId: 'a' }
  let entry: FunctionEntry = { ...ENTRY, reservedConcurrency: 0, tags: { team: 'a' } }
  const states = [entry]
  // Ten and more: versions are in the order of their numbers, not of their texts.
  for (let n = 1; n <= 11; n++) {
    entry = publish(withRevision(entry, { timeoutSeconds: n }, change(n)), { freshId: `v-${n}` })[0]
    states.push(entry)
  }
  states.push(withAlias(entry, 'prod', alias), entry, withoutVersion(entry, '2'))
  const { reservedConcurrency: _none, ...unlimited } = entry
  states.push(unlimited)
  const kept = store()
  let before: FunctionEntry | undefined
  for (const state of states) {
    kept.write(before, state)
    before = state
    t.strictSame(kept.read().get('fn'), state)
  }
  t.strictSame([...kept.read().get('fn')!.versions.keys()].slice(-2), ['10', '11'])
  kept.write(before, undefined)
  t.equal(kept.size, 0, 'nothing of it is left')
  t.end()
})

t.test('only what changed is written', (t) => {
  const [one] = publish(ENTRY, { freshId: 'v-1' })
  const changes = functionChanges('fn', one, withRevision(one, {}, change(1)))
  t.strictSame(
    changes.map(({ kind, id }) => `${kind} ${id}`),
    ['function fn'],
  )
  t.end()
})
