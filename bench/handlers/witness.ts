import type { GeneratedRecord } from '../generator.ts'
import { keyNumberOf, recordNumberOf } from '../generator.ts'
import { Tally } from '../tally.ts'
import { Witness } from '../witness.ts'

const tally = Tally.shared()
const witness = Witness.inherited()

/** Looks at every record. */
export async function handler(event: {
  readonly Records: readonly GeneratedRecord[]
}): Promise<void> {
  for (const record of event.Records) witness.see(keyNumberOf(record), recordNumberOf(record))
  tally.add(event.Records.length)
}
