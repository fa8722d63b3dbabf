import fc from 'fast-check'
import type { Ending, WindowRules } from './naive-windows.ts'

/** Seconds from record to record of a shard: mostly on, sometimes back. */
export const arbitrarySteps = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 5, 11, -1, -7), {
  maxLength: 12,
})

export const arbitraryWindowRules = fc.record({
  lengthSeconds: fc.constantFrom(1, 3, 10),
  batchSize: fc.constantFrom(1, 2, 3, 5, 100),
  retriesMax: fc.constantFrom(0, 1, 3),
  bisect: fc.boolean(),
  partial: fc.boolean(),
  // Megabytes take their time: seldom.
  stateMax: fc.oneof({ weight: 14, arbitrary: fc.constant(1000) }, fc.constantFrom(3, 5)),
})

/** How often a call fails. */
export const arbitraryChances = fc.record({
  failing: fc.constantFrom(0, 0.2, 0.5),
  seed: fc.nat(),
})

/** Chance that is the same for the same words. */
function chanceOf(words: string): number {
  let hash = 2_166_136_261
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words.charCodeAt(i), 16_777_619)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

export type Chances = { readonly failing: number; readonly seed: number }

/** What becomes of a call, the same wherever it is asked for. */
export function endingOf(shard: string, { partial }: WindowRules, { failing, seed }: Chances) {
  return (text: string, attempt: number): Ending => {
    const words = `${seed} ${shard} ${text} ${attempt}`
    if (chanceOf(words) >= failing) return 'succeeds'
    const numbers = text.startsWith(' ') ? [] : text.split('.').map(Number)
    if (!partial || numbers.length < 2 || chanceOf(`${words} partial`) < 0.5) return 'fails'
    const index = 1 + Math.floor(chanceOf(`${words} where`) * (numbers.length - 1))
    return { from: numbers[index]! }
  }
}
