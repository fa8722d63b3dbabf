import { createInterface } from 'node:readline/promises'
import { type CommandContext, UsageError } from './command-context.ts'

/**
 * Whether a change that was shown is to be made: `--yes`, or a `y` on the terminal.
 * @param command Named where nobody can be asked.
 * @throws UsageError without a terminal and without `--yes`.
 */
export async function isConfirmed(
  { stdin, stderr }: CommandContext,
  { yes }: { readonly yes?: boolean },
  command: string,
): Promise<boolean> {
  if (yes) return true
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true && stderr.isTTY === true
  if (!isTerminal)
    throw new UsageError('nothing was changed: add --yes to make this change', command)
  stderr.write('Make this change? [y/N] ')
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return /^y(es)?$/i.test(line.trim())
    return false
  } finally {
    lines.close()
  }
}
