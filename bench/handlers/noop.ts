import { Tally } from '../tally.ts'

const tally = Tally.shared()

/** Does nothing but to be counted. The bare loop, the clone pool and the engine call this very function. */
export async function handler(event: { readonly Records: readonly unknown[] }): Promise<void> {
  tally.add(event.Records.length)
}
