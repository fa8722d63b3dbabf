import { setTimeout as delay } from 'node:timers/promises'
import { Tally } from '../tally.ts'

const tally = Tally.shared()

/** Waits as a handler does that calls a service. */
export async function handler(event: { readonly Records: readonly unknown[] }): Promise<void> {
  await delay(10)
  tally.add(event.Records.length)
}
