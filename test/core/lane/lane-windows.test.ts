import fc from 'fast-check'
import t from 'tap'
import { naiveWindows } from '../../support/naive-windows.ts'
import { holds } from '../../support/property.ts'
import {
  arbitraryChances,
  arbitrarySteps,
  arbitraryWindowRules,
  endingOf,
} from '../../support/window-cases.ts'
import { WindowLane } from '../../support/window-lane.ts'

t.test(
  '§5, D9, D10, D28: a lane with windows does what the naive loop does, in 10,000 cases',
  async (t) => {
    const property = fc.property(
      arbitrarySteps,
      arbitraryWindowRules,
      arbitraryChances,
      (steps, rules, chances) => {
        let stamp = 1_700_000_000
        const records = steps.map((step, index) => {
          stamp += step
          return { number: index + 1, stamp }
        })
        const ending = endingOf('shard', rules, chances)
        const naive = naiveWindows(records, rules, ending)
        const lane = new WindowLane(rules, ending).run(records)
        if (lane.trace.join('\n') !== naive.trace.join('\n'))
          throw new Error(`${lane.trace.join('\n')}\nnaive:\n${naive.trace.join('\n')}`)
        const { lateRecords } = lane.windows
        if (lateRecords !== naive.late) throw new Error(`${lateRecords} late, not ${naive.late}`)
      },
    )
    await holds(t, property, { runs: 10_000 })
  },
)
