/** The larger unit that follows, and how many of the smaller one make it. */
const UNITS = [
  ['s', 60],
  ['min', 60],
  ['h', 24],
] as const

/** A duration as people say it: `340 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. @param ms Below 0 counts as 0. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1000) return `${whole} ms`
  if (whole < 10_000) return `${Math.floor(whole / 100) / 10} s`
  let amount = Math.floor(whole / 1000)
  let rest = ''
  for (const [unit, size] of UNITS) {
    if (amount < size) return `${amount} ${unit}${rest}`
    const left = amount % size
    rest = left > 0 ? ` ${left} ${unit}` : ''
    amount = Math.floor(amount / size)
  }
  return `${amount} d${rest}`
}
