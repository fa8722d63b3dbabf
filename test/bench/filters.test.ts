import t from 'tap'
import { costOfFiltered, costOfPolled } from '../../bench/filters.ts'
import { createOrder, ORDER_FILTERS } from '../../bench/load/orders.ts'
import { compileFilter } from '../../lib/core/filter/filter.ts'

for (const { filteredPercent, pattern, passes } of ORDER_FILTERS)
  t.test(`${filteredPercent} % of the orders are filtered out, and it is known which`, (t) => {
    const compiled = compileFilter([pattern])
    if (compiled.type !== 'compiled') throw new Error(pattern)
    const orders = Array.from({ length: 200 }, (_, index) => index)
    const filteredOut = orders.filter((index) => !passes(index))
    t.equal(filteredOut.length, 2 * filteredPercent)
    t.strictSame(
      orders.filter((index) => !compiled.filter.matches(createOrder(index))),
      filteredOut,
    )
    t.end()
  })

t.test(
  'costs of filtered and of polled records from what is spent for each that is delivered',
  (t) => {
    // A delivery costs 4, a filtered record 1: nine of them come with each that is delivered.
    t.equal(costOfFiltered(13, 4, 90), 0.25)
    t.equal(costOfPolled(13, 4, 90).toFixed(3), '0.325')
    t.equal(costOfFiltered(5, 4, 50), 0.25)
    t.equal(costOfPolled(4, 4, 0), 1)
    t.end()
  },
)
