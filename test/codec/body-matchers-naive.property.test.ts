import fc from 'fast-check'
import t from 'tap'
import { compileFilter } from '../../lib/core/filter/filter.ts'
import { anyEvent, anyPattern } from '../support/arbitrary-filter.ts'
import { jsonAnswer, LooseSegment } from '../support/filter-bodies.ts'
import { naiveMatches } from '../support/naive-filter.ts'
import { holds } from '../support/property.ts'

t.test('encoded records match as the naive reading of aws-semantics §7 has it', async (t) => {
  const segment = new LooseSegment()
  const seen = { compared: 0, matched: 0, decidedInSegment: 0, decidedInJson: 0 }
  await holds(
    t,
    fc.property(anyPattern, anyEvent, (pattern, event) => {
      const compiled = compileFilter([JSON.stringify({ dynamodb: { NewImage: pattern } })])
      fc.pre(compiled.type === 'compiled')
      const { filter } = compiled
      const expected = naiveMatches(pattern, event)
      const { bytes, start, end } = segment.body({ NewImage: event })
      const inSegment = segment.decoder.matcher(filter)(bytes, start, end, 1)
      const inJson = jsonAnswer(filter, { dynamodb: { NewImage: event } })
      seen.compared++
      if (expected) seen.matched++
      if (inSegment !== undefined) seen.decidedInSegment++
      if (inJson !== undefined) seen.decidedInJson++
      return (inSegment ?? expected) === expected && (inJson ?? expected) === expected
    }),
    { runs: 10_000, perFile: 1 },
  )
  t.comment(JSON.stringify(seen))
  // Lists on the way are the rest.
  for (const decided of [seen.decidedInSegment, seen.decidedInJson])
    t.ok(decided > seen.compared * 0.3, 'most need no decoded record')
  t.ok(seen.matched > 0)
})
