import type { Bound, Figure } from '../suite/figure.ts'
import { html, type Markup } from './markup.ts'
import { countText, limitOf, numberText } from './quantity-text.ts'

const WIDTH = 120
const HEIGHT = 18
const EDGE = 4
/** A strip shows at least this share of the value to each side, so that small chance looks small. */
const SHARE_MIN = 0.05

/** The samples of a figure as dots on a line, its value and its bound as marks across. `null` where there are none. */
export function spreadStrip({ value, bound, details }: Figure): Markup | null {
  const samples = numbersOf(details['samples'])
  if (value === null || samples.length === 0) return null
  const toX = scaleOf([...samples, ...(bound ? [limitOf(bound)] : []), ...around(value)])
  const dots = [...new Set(samples.map(toX))].map((x) => `M${x} ${HEIGHT / 2}h0`).join('')
  const title = titleOf(samples, value, bound)
  return html`<svg class="spread" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${
    bound && html`<path class="limit" d="M${toX(limitOf(bound))} 1V${HEIGHT - 1}"/>`
  }<path class="dots" d="${dots}"/><path class="middle" d="M${toX(value)} 3V${HEIGHT - 3}"/></svg>`
}

function titleOf(samples: readonly number[], value: number, bound: Bound | null): string {
  const range = `${countText(samples.length, 'sample')} from ${numberText(Math.min(...samples))} to ${numberText(Math.max(...samples))}`
  return `${range}, median ${numberText(value)}${bound ? `, bound ${numberText(limitOf(bound))}` : ''}`
}

const around = (value: number): readonly number[] => [
  value * (1 - SHARE_MIN),
  value * (1 + SHARE_MIN),
]

/** To whole pixels. */
function scaleOf(values: readonly number[]): (value: number) => number {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  const span = max - min || 1
  const middle = max === min ? 0.5 : 0
  return (value) => Math.round(EDGE + ((value - min) / span + middle) * (WIDTH - 2 * EDGE))
}

function numbersOf(samples: unknown): readonly number[] {
  return Array.isArray(samples) ? samples.filter((sample) => Number.isFinite(sample)) : []
}
