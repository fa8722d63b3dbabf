import { NO_AUDITS } from '../audit/run-audit.ts'
import { UNITS } from './figure.ts'
import { REPORT_VERSION } from './report.ts'

/** A JSON Schema, or a part of one. */
type Schema = { readonly [keyword: string]: unknown }

const text = { type: 'string' }
const flag = { type: 'boolean' }
const number = { type: 'number' }
const count = { type: 'integer', minimum: 0 }
const moment = { type: 'string', format: 'date-time' }
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const listOf = (items: Schema): Schema => ({ type: 'array', items })
const mapOf = (additionalProperties: Schema): Schema => ({ type: 'object', additionalProperties })
/** These members and no other. */
const object = (members: Readonly<Record<string, Schema>>, optional: readonly string[] = []) => ({
  type: 'object',
  properties: members,
  required: Object.keys(members).filter((name) => !optional.includes(name)),
  additionalProperties: false,
})
const about = (description: string, schema: Schema): Schema => ({ description, ...schema })

const BOUND = orNull({
  oneOf: [
    object({ atLeast: number, aim: number }, ['aim']),
    object({ atMost: number, aim: number }, ['aim']),
  ],
})

const FIGURE = object(
  {
    value: about('Median of the runs; null: it could not be measured, see reason', orNull(number)),
    unit: { enum: UNITS },
    meaning: text,
    bound: BOUND,
    passed: about('Whether value keeps bound; null without one of them', orNull(flag)),
    reason: text,
    details: about('min, max and samples of the runs, and how the figure came about', {
      type: 'object',
      properties: { min: number, max: number, samples: listOf(number) },
    }),
  },
  ['reason'],
)

const AXIS = object({ label: text, scale: { enum: ['linear', 'log', 'time', 'percentile'] } }, [
  'scale',
])

const PLOT = object({
  title: text,
  x: AXIS,
  y: AXIS,
  series: listOf(
    object({
      name: text,
      points: listOf({ type: 'array', items: number, minItems: 2, maxItems: 2 }),
    }),
  ),
})

const AUDIT = about(
  'What the handlers wrote down, compared with what was put, summed over all runs',
  object(Object.fromEntries(Object.keys(NO_AUDITS).map((name) => [name, count]))),
)

const BENCHMARK = object({
  name: text,
  question: text,
  seconds: about('How long it took', number),
  audit: AUDIT,
  noise: object({
    spinSpread: about('How unequally long equal work took before it, in %', number),
    stolen: about('Processor time that other machines had meanwhile, in %', orNull(number)),
  }),
  figures: mapOf(FIGURE),
  rivals: listOf(object({ name: text, version: text, started: text, note: text })),
  plots: listOf(PLOT),
})

const THRESHOLD = object({
  expression: text,
  passed: flag,
  judged: listOf(
    object(
      {
        name: text,
        value: orNull(number),
        unit: text,
        limit: number,
        passed: flag,
        reason: text,
      },
      ['reason'],
    ),
  ),
})

/** The JSON Schema (2020-12) of what `millrace bench --json` prints. */
export function reportSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Report of millrace bench',
    ...object({
      reportVersion: { const: REPORT_VERSION },
      commandLine: listOf(text),
      seed: count,
      records: count,
      tableRecords: count,
      runs: count,
      seconds: about(
        'Length of a measurement over time; null: as long as each benchmark does by itself',
        orNull(number),
      ),
      java: flag,
      smoke: flag,
      machine: object({
        processor: text,
        processors: count,
        memoryBytes: count,
        system: text,
        loadBefore: about('Load average of the minute before', number),
      }),
      node: text,
      commit: about('null outside of a clone', orNull(text)),
      begunAt: moment,
      endedAt: moment,
      warnings: listOf(text),
      thresholds: listOf(THRESHOLD),
      benchmarks: listOf(BENCHMARK),
    }),
  }
}
