import { type GeneratedRecord, recordNumberOf } from '../generator.ts'
import { nowNs, Stamps } from '../stamps.ts'
import { Tally } from '../tally.ts'

const tally = Tally.shared()
const stamps = Stamps.inherited()

/** Notes when each record came. */
export async function handler(event: {
  readonly Records: readonly GeneratedRecord[]
}): Promise<void> {
  const now = nowNs()
  for (const record of event.Records) stamps.handled[recordNumberOf(record)] = now
  tally.add(event.Records.length)
}
