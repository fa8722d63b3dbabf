import type { Ledger } from '../../lib/index.ts'

export type StuckPlan = {
  readonly configuration: string
  readonly records: number
  /** Other keys than the stuck ones. */
  readonly keys: number
  /** Keys `stuck-0`, `stuck-1`, ... whose gate has that number. */
  readonly gates: number
  /** One record in so many is of a stuck key. */
  readonly every: number
  /** What the handler does at a closed gate. */
  readonly how: 'fail' | 'wait'
  readonly textBytes: number
  readonly gateDirectory: string
  /** A gate is opened so often while records pass; 0 = none is. @unit ms */
  readonly gateMs: number
  /** Records that are delivered before the gates open. */
  readonly passing: number
}

export type StuckReport = {
  /** When all that can had passed. */
  readonly stuck: Ledger
  readonly end: Ledger
  /** Memory while records passed. @unit bytes */
  readonly anonymous: readonly number[]
}

export function keyOf({ every, gates, keys }: StuckPlan, n: number): string {
  return n % every === 0 ? `stuck-${(n / every) % gates}` : `key-${(n * 7919) % keys}`
}

export function recordOf(plan: StuckPlan, n: number): object {
  const key = keyOf(plan, n)
  const gate = key.startsWith('stuck-') ? key.slice('stuck-'.length) : undefined
  const image = {
    id: { S: key },
    n: { N: String(n) },
    text: { S: 'x'.repeat((n * 31) % (2 * plan.textBytes)) },
    ...(gate ? { poison: { S: `${plan.how}-${gate}` } } : {}),
  }
  return { eventName: 'INSERT', dynamodb: { Keys: { id: { S: key } }, NewImage: image } }
}
