import t from 'tap'
import { BASE_STRUCTURES, StructureTable } from '../../../lib/codec/segment/structure-table.ts'
import {
  SHARED_STRUCTURES_MAX,
  STRUCTURE_NAMES_MAX,
} from '../../../lib/core/record/embedded-limits.ts'

const BASE = BASE_STRUCTURES.length

t.test('names are shared from the second time on, with an id of their own', (t) => {
  const table = new StructureTable([])
  t.equal(table.find(['id', 'total']), undefined)
  t.match(table.find(['id', 'total']), { id: BASE, nameBytes: 7, jsonBytes: 14 })
  t.match(table.find(['id', 'total']), { id: BASE })
  t.equal(table.find(['total', 'id']), undefined, 'another order is another structure')
  t.equal(table.find(['id']), undefined, 'a beginning is another structure')
  t.same(table.structures.slice(BASE), [['id', 'total']])
  t.end()
})

t.test('what an earlier run learned is known at once', (t) => {
  const table = new StructureTable([['a'], ['a', 'b']])
  t.match(table.find(['a', 'b']), { id: BASE + 1 })
  t.match(table.find(['a']), { id: BASE })
  t.end()
})

t.test('names made from data do not use the table up', (t) => {
  const table = new StructureTable([])
  for (let i = 0; i < 50_000; i++) table.find([`user-${i}`])
  t.equal(table.structures.length, BASE)
  table.find(['steady'])
  t.match(table.find(['steady']), { id: BASE })
  t.end()
})

t.test('the table is bounded; what it shares stays shared', (t) => {
  const table = new StructureTable([])
  for (let i = 0; i < 3000; i++) {
    table.find([`n${i}`])
    table.find([`n${i}`])
  }
  t.equal(table.structures.length, SHARED_STRUCTURES_MAX)
  t.match(table.find(['n0']), { id: BASE })
  t.equal(table.find(['n2999']), undefined)
  t.end()
})

t.test('no names, too many, or names that the decoder would change are never shared', (t) => {
  const table = new StructureTable([])
  const many = Array.from({ length: STRUCTURE_NAMES_MAX + 1 }, (_, i) => `n${i}`)
  for (const names of [[], many, ['__proto__'], ['a', '__proto__'], ['x'.repeat(5000)]]) {
    for (let i = 0; i < 3; i++) t.equal(table.find(names), undefined)
  }
  t.equal(table.structures.length, BASE)
  t.end()
})
