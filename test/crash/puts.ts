import { existsSync, readFileSync } from 'node:fs'

/** What a program that puts records while it is killed writes down. */
export type PutLine =
  /** About to be put: records `n` to `n + count`, made from templates `from` on. */
  | { readonly n: number; readonly from: number; readonly count: number }
  | { readonly stored: number }

export function readPuts(file: string): readonly PutLine[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as PutLine)
}

/**
 * Keys by record number. A put that was not acknowledged may have been stored or not, all of it or nothing: it counts
 * if any of it was seen.
 */
export function keysPut(
  lines: readonly PutLine[],
  templates: readonly string[],
  seen: ReadonlySet<number>,
): readonly (string | undefined)[] {
  const keys: (string | undefined)[] = []
  for (const line of lines) {
    if (!('count' in line)) continue
    const { n, from, count } = line
    const numbers = Array.from({ length: count }, (_, i) => n + i)
    const isStored = lines.some((other) => 'stored' in other && other.stored === n)
    const counts = isStored || numbers.some((number) => seen.has(number))
    numbers.forEach((number, i) => {
      keys[number] = counts ? templates[from + i] : undefined
    })
  }
  return keys
}
