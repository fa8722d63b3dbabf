import type { Comparable } from './compare.ts'
import { REPORT_VERSION, type Report } from './report.ts'

/** A text that is no report, or not one of the form that is read here; the message says which. */
export class NoReport extends Error {
  override readonly name = 'NoReport'
}

/** Reads what `--json` printed. Of what a comparison needs, the form is checked. @throws NoReport */
export function readReport(text: string): Report {
  const document = parsed(text)
  if (!isObject(document) || !Array.isArray(document['benchmarks']))
    throw new NoReport('it is no report of millrace bench, or one of before version 1')
  const version = document['reportVersion']
  if (version !== REPORT_VERSION)
    throw new NoReport(
      `it is a report of version ${version}, and this is version ${REPORT_VERSION}: measure anew`,
    )
  if (!isObject(document['machine']) || !document['benchmarks'].every(isBenchmark))
    throw new NoReport('it is a damaged report of millrace bench')
  return document as Comparable as Report
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new NoReport('it is no JSON')
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isBenchmark = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  isObject(value['figures']) &&
  Object.values(value['figures']).every(isFigure)

function isFigure(figure: unknown): boolean {
  if (!isObject(figure) || !isObject(figure['details'])) return false
  const { value, unit, bound, details } = figure as Readonly<Record<string, unknown>> & {
    readonly details: Readonly<Record<string, unknown>>
  }
  const { samples = [1] } = details
  return (
    (value === null || typeof value === 'number') &&
    typeof unit === 'string' &&
    (bound === null || isObject(bound)) &&
    Array.isArray(samples) &&
    samples.length > 0 &&
    samples.every((sample) => typeof sample === 'number')
  )
}
