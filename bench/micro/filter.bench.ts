// Filters on orders of some 900 bytes as JSON, decoded and as bodies. Prints one line of JSON: records per second of
// processor time, that is of one core, also where the machine is busy.

import { summarize } from '../suite/statistics.ts'
import { createFilterRates, type FilterRates } from './filter-rates.ts'

const ROUNDS = 5

const measure = createFilterRates()
measure()
const rounds = Array.from({ length: ROUNDS }, measure)

const mediansOf = (form: keyof FilterRates): Record<string, number> =>
  Object.fromEntries(
    Object.keys(rounds[0]![form]).map((pattern) => [
      pattern,
      Math.round(summarize(rounds.map((round) => round[form][pattern]!)).median),
    ]),
  )

process.stdout.write(
  `${JSON.stringify({
    node: process.version,
    recordsPerSecond: {
      decoded: mediansOf('decoded'),
      segment: mediansOf('segment'),
      dynamodbJson: mediansOf('dynamodbJson'),
    },
  })}\n`,
)
