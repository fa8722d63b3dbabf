import t from 'tap'
import {
  BEHIND_LIST,
  type FieldLeaf,
  fieldTreeOf,
  slotAt,
  slotsOf,
} from '../../../lib/core/filter/field-tree.ts'
import { filterOf } from '../../support/filter-bodies.ts'
import { parsedPattern } from '../../support/filter-cases.ts'

/** The one leaf of these patterns, which have it at `a`. */
function leafOf(...patterns: readonly object[]): FieldLeaf {
  return fieldTreeOf(patterns.map(parsedPattern)).members[0]!.leaf!
}

t.test('each field that any pattern looks at has one slot', (t) => {
  const tree = fieldTreeOf(
    [
      { a: { b: ['x'] }, c: ['y'] },
      { $or: [{ a: { b: ['z'] } }, { a: ['x'] }] },
      { 'a.b': [1] },
    ].map(parsedPattern),
  )
  t.equal(tree.slotCount, 4)
  const slots = [['a'], ['a', 'b'], ['c'], ['a.b']].map((path) => slotAt(tree, path))
  t.same(new Set(slots), new Set([0, 1, 2, 3]))
  t.same(
    tree.members.map(({ name }) => name),
    ['a', 'c', 'a.b'],
  )
  t.same(new Set(slotsOf(tree)), new Set(slots))
  t.end()
})

t.test('texts are told apart by name where no leaf looks into them', (t) => {
  t.same(leafOf({ a: ['x', null, 1, { exists: false }] }).texts?.known, ['x'])
  t.same(leafOf({ a: [{ 'anything-but': ['x', 'y'] }] }).texts?.known, ['x', 'y'])
  t.same(leafOf({ a: ['x'] }, { a: ['y', 'other', 'other.'] }).texts, {
    known: ['x', 'y', 'other', 'other.'],
    other: 'other..',
  })
  for (const operator of [{ prefix: '' }, { suffix: 'x' }, { 'equals-ignore-case': 'x' }])
    t.equal(leafOf({ a: ['x'] }, { a: [operator] }).texts, undefined, JSON.stringify(operator))
  t.equal(leafOf({ a: Array.from('abcdefghi') }).texts, undefined, 'too many')
  for (const text of ['\ud800', '\ufffd'])
    t.equal(leafOf({ a: [text] }).texts, undefined, 'other bytes are read as the same text')
  t.end()
})

t.test('a field must pass where each pattern fails without it', (t) => {
  const one = leafOf({ a: ['x', { numeric: ['>', 5] }], b: ['z'] }).mustPass!
  t.same(['x', 'y', 6, 5, null].map(one), [true, false, true, false, false])
  const two = leafOf({ a: ['x'] }, { a: [{ exists: true }], b: ['z'] }).mustPass!
  t.same(['x', 'y'].map(two), [true, true])
  t.equal(leafOf({ a: ['x'] }, { b: ['z'] }).mustPass, undefined)
  const [choice] = fieldTreeOf([parsedPattern({ $or: [{ a: ['x'] }, { b: ['z'] }] })]).members
  t.equal(choice!.leaf!.mustPass, undefined)
  t.end()
})

t.test('a filter answers by the values of its fields alone, unless lists are on the way', (t) => {
  const { matchesFields } = filterOf({ a: ['x'], b: [{ exists: false }] }, { a: ['y'] })
  t.equal(matchesFields(['x', undefined]), true)
  t.equal(matchesFields(['x', 'z']), false)
  t.equal(matchesFields([['w', 'y'], 'z']), true, 'a list of scalars at the field')
  t.equal(matchesFields(['x', BEHIND_LIST]), undefined)
  t.equal(matchesFields(['z', BEHIND_LIST]), false, 'what fails alone fails beside any list')
  t.equal(matchesFields(['y', BEHIND_LIST]), true, 'the other pattern holds')
  t.end()
})
