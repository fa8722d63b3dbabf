import type { Test } from 'tap'
import type { StateStorePlace } from './state-store-place.ts'

/** What every {@link DefinitionStore} must do. */
export async function testDefinitionStore(
  t: Test,
  createPlace: (t: Test) => Promise<StateStorePlace>,
): Promise<void> {
  await t.test('are kept by kind and id, over restarts', async (t) => {
    const place = await createPlace(t)
    const store = await place.open()
    t.same(store.definitions('mapping'), [])
    const value = { name: 'b', tags: { __proto__: null, toString: 'x' }, list: [1, null] }
    await store.saveDefinitions([
      { kind: 'mapping', id: 'b', value },
      { kind: 'mapping', id: 'a', value: 1 },
      { kind: 'alias', id: 'a', value: 'other' },
      { kind: 'function', id: 'x'.repeat(5000), value: 'long' },
    ])
    await store.close()
    const again = await place.open()
    t.same(
      again.definitions('mapping').map(({ id }) => id),
      ['a', 'b'],
    )
    t.same(again.definitions('mapping')[1]!.value, value)
    t.same(again.definitions('alias'), [{ kind: 'alias', id: 'a', value: 'other' }])
    t.equal(again.definitions('function')[0]!.id, 'x'.repeat(5000))
    await again.close()
  })

  await t.test('are replaced and forgotten together', async (t) => {
    const store = await (await createPlace(t)).open()
    await store.saveDefinitions([
      { kind: 'mapping', id: 'a', value: 1 },
      { kind: 'mapping', id: 'b', value: 2 },
    ])
    await store.saveDefinitions([
      { kind: 'mapping', id: 'a' },
      { kind: 'mapping', id: 'b', value: 3 },
      { kind: 'mapping', id: 'never' },
    ])
    t.same(store.definitions('mapping'), [{ kind: 'mapping', id: 'b', value: 3 }])
    await store.close()
  })
}
