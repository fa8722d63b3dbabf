import type { Ledger } from '../core/ledger/ledger.ts'
import { printable } from '../core/printable.ts'
import type { MappingStatus } from '../engine/engine-status.ts'
import { digitsText } from './print.ts'

const COLUMNS = [
  ['polled', 'polled'],
  ['delivered', 'delivered'],
  ['filtered', 'filtered'],
  ['sent', 'sent'],
  ['dropped', 'dropped'],
  ['inFlight', 'in flight'],
  ['retries', 'retries'],
  ['splits', 'splits'],
  ['invocations', 'invocations'],
] as const satisfies readonly (readonly [keyof Ledger, string])[]

/** The ledger as a table: a line for each mapping, and their sum where there are several. @source contract §7 */
export function ledgerText(mappings: readonly MappingStatus[], total: Ledger): string {
  const rows = mappings.map((mapping) => [nameOf(mapping), ...cellsOf(mapping.ledger)])
  if (mappings.length !== 1) rows.push(['all mappings', ...cellsOf(total)])
  const table = [['mapping', ...COLUMNS.map(([, title]) => title)], ...rows]
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)))
  return table
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  '),
    )
    .join('\n')
}

function cellsOf(ledger: Ledger): string[] {
  return COLUMNS.map(([member]) => digitsText(ledger[member]))
}

function nameOf({ settings: { source, functionName } }: MappingStatus): string {
  return printable(`${source.type === 'arn' ? source.arn : source.name} -> ${functionName}`)
}
