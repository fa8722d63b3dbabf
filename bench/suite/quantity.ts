/** Units of one kind, each in whole ones of the smallest. 1 MB is 1024 kB, as sizes of the configuration are. */
const KINDS: readonly Readonly<Record<string, number>>[] = [
  { ms: 1000, s: 1_000_000, µs: 1, us: 1, μs: 1 },
  { MB: 1024, kB: 1, KB: 1, GB: 1024 ** 2 },
  { x: 100, '%': 1 },
]

/** `50 µs` as `0.05 ms`, `2 GB/h` as `2048 MB/h`. @returns `undefined` where one unit cannot be said in the other. */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value
  const [unit = '', per] = from.split('/')
  const [wanted = '', wantedPer] = to.split('/')
  const kind = KINDS.find((units) => unit in units && wanted in units)
  if (kind === undefined || per !== wantedPer) return undefined
  return (value * kind[unit]!) / kind[wanted]!
}

/** Units that a value can be said in, besides its own. */
export function unitsLike(unit: string): readonly string[] {
  const [base = '', per] = unit.split('/')
  const kind = KINDS.find((units) => base in units)
  const names = kind ? Object.keys(kind).filter((name) => name !== 'μs') : [base]
  return names.map((name) => (per === undefined ? name : `${name}/${per}`))
}
