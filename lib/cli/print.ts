import type { CommandContext } from './command-context.ts'

/** A result in both its forms. */
export type Result = {
  readonly json: unknown
  /** For people; without a line break at its end. */
  readonly text: () => string
}

/** Writes a command's result to stdout, as one JSON line where `--json` asks for it. */
export function printResult(
  context: CommandContext,
  options: { readonly json?: boolean },
  result: Result,
): void {
  context.stdout.write(`${options.json ? JSON.stringify(result.json) : result.text()}\n`)
}

/** `1,234,567`: `toLocaleString` takes 20 ms to load its tables, a tenth of a short run. */
export function digitsText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 record`, `2 records`, `2 batches`. */
export function countText(count: number, noun: string): string {
  const ending = noun.endsWith('ch') ? 'es' : 's'
  return `${digitsText(count)} ${noun}${count === 1 ? '' : ending}`
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  return rows
    .map((row) =>
      row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  '),
    )
    .join('\n')
}
