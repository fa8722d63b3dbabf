import t from 'tap'
import {
  foldersOf,
  publish,
  withAlias,
  withoutVersion,
  withRevision,
} from '../../../lib/core/function/function-entry.ts'
import { change, ENTRY } from '../../support/function-entries.ts'

const CODE = { folder: 'folder-2', sha256: 'sha-2', sizeBytes: 200 }

t.test('each change is a revision; only one that an invocation could tell is a program', (t) => {
  const rows = [
    [{}, 'id-0'],
    [{ description: 'another' }, 'id-0'],
    [{ role: 'arn:aws:iam::000000000000:role/other' }, 'id-0'],
    [{ environment: {} }, 'id-0'],
    [{ environment: { A: '1' } }, 'id-1'],
    [{ timeoutSeconds: 4 }, 'id-1'],
    [{ memorySizeMegabytes: 256 }, 'id-1'],
    [{ handler: 'index.other' }, 'id-1'],
    [{ runtime: 'nodejs22.x' }, 'id-1'],
    [{ code: CODE }, 'id-1'],
  ] as const
  for (const [given, programId] of rows) {
    const { latest } = withRevision(ENTRY, given, change(1))
    t.match(latest, { revisionId: 'id-1', programId, lastModified: 1 }, JSON.stringify(given))
  }
  t.equal(ENTRY.latest.revisionId, 'id-0', 'what was there is as it was')
  t.end()
})

t.test('a version is what $LATEST was; without a change there is no other', (t) => {
  const [one, first] = publish(ENTRY, { freshId: 'v-1', description: 'the first' })
  t.equal(first, '1')
  t.match(one.versions.get('1')?.revision, { description: 'the first', revisionId: 'v-1' })
  t.equal(one.latest.description, '', 'the description is the version’s only')
  const [same, again] = publish(one, { freshId: 'v-2', description: 'not heard' })
  t.equal(again, '1')
  t.equal(same, one)
  for (const given of [{ timeoutSeconds: 9 }, { description: 'new' }, { code: CODE }]) {
    const [two, second] = publish(withRevision(one, given, change(2)), { freshId: 'v-2' })
    t.equal(second, '2', JSON.stringify(given))
    t.equal(two.versions.get('1'), one.versions.get('1'))
  }
  t.end()
})

t.test('the number of a version that is gone is not used again', (t) => {
  const [one] = publish(ENTRY, { freshId: 'v-1' })
  const gone = withoutVersion(one, '1')
  t.equal(gone.versions.size, 0)
  t.equal(publish(gone, { freshId: 'v-2' })[1], '2')
  t.end()
})

t.test('aliases come, move and go, in the order of their names', (t) => {
  const alias = { version: '1', description: '', revisionId: 'a' }
  const both = withAlias(withAlias(ENTRY, 'prod', alias), 'live', alias)
  t.strictSame([...both.aliases.keys()], ['live', 'prod'])
  t.equal(withAlias(both, 'live', { ...alias, version: '2' }).aliases.get('live')?.version, '2')
  t.strictSame([...withAlias(both, 'live', undefined).aliases.keys()], ['prod'])
  t.end()
})

t.test('folders of all its code', (t) => {
  const [one] = publish(ENTRY, { freshId: 'v-1' })
  t.strictSame(foldersOf(withRevision(one, { code: CODE }, change(1))), ['folder-2', 'folder-1'])
  t.end()
})
