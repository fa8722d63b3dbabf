import type { Environment } from '../settings/environment.ts'

/** Wraps text in a colour, or leaves it as it is. */
export type Painter = Readonly<
  Record<'red' | 'green' | 'yellow' | 'dim' | 'bold', (text: string) => string>
>

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const

/**
 * Whether an output is coloured: NO_COLOR says never, FORCE_COLOR always (but `0`, never); else on a terminal
 * that is not dumb, outside of CI. Empty variables count as not set.
 *
 * @source contract §2; https://no-color.org
 */
export function wantsColour(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, CI, TERM } = environment
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTerminal && TERM !== 'dumb' && !CI
}

export function createPainter(environment: Environment, isTerminal: boolean): Painter {
  const isColoured = wantsColour(environment, isTerminal)
  const paint = (name: keyof typeof CODES) => (text: string) =>
    isColoured ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text
  return {
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    dim: paint('dim'),
    bold: paint('bold'),
  }
}
