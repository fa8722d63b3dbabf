import { printable } from '../core/printable.ts'
import type { summaryOf } from '../core/redrive/failed-batch-json.ts'
import type { RedriveStatus } from '../engine/state-view.ts'
import { countText, tableText } from './print.ts'

/** Characters of an error's message in a list. */
const MESSAGE_LENGTH_MAX = 80

export type Summary = ReturnType<typeof summaryOf>

/** Failed batches, a line each. */
export function summariesText(batches: readonly Summary[]): string {
  const head = ['id', 'given up at', 'function', 'records', 'attempts', 'condition', 'last error']
  const rows = batches.map((batch) => [
    batch.id,
    batch.discardedAt,
    functionName(batch.functionArn),
    String(batch.recordCount),
    String(batch.approximateInvokeCount),
    batch.condition,
    `${noteOf(batch)}${errorText(batch.lastError).slice(0, MESSAGE_LENGTH_MAX)}`,
  ])
  return tableText([head, ...rows])
}

function noteOf({ state, redrive }: Summary): string {
  if (state === 'redriving') return '(being redriven) '
  return redrive ? `(redriven ${countText(redrive.count, 'time')}) ` : ''
}

/** A redrive in a line: its ledger, apart from that of its mapping (D25). */
export function redriveText({
  id,
  state,
  ledger,
  recordCount,
}: Pick<RedriveStatus, 'id' | 'state' | 'ledger' | 'recordCount'>): string {
  const { delivered, sent, dropped } = ledger
  const given = sent + dropped
  const left = recordCount - delivered - given
  const outcomes = [
    `${delivered} delivered`,
    ...(given > 0 ? [`${given} given up again`] : []),
    ...(left > 0 ? [`${left} ${state === 'running' ? 'to go' : 'not sent'}`] : []),
  ]
  return `redrive ${id}, ${state}: ${countText(recordCount, 'record')}, ${outcomes.join(', ')}`
}

/** What a handler failed with, for people. */
export function errorText(error: Summary['lastError']): string {
  return error ? printable(`${error.errorType}: ${error.errorMessage}`) : '-'
}

function functionName(arn: string): string {
  return printable(arn.replace(/^.*:function:/, ''))
}
