import type { MappingExplanation } from '../../lib/index.ts'
import { millrace } from './millrace-process.ts'

/** What `millrace status --json` prints. */
export type Status = {
  readonly directory: string
  readonly owner: { readonly state: string; readonly pid?: number }
  readonly outbox: number
  readonly mappings: readonly MappingExplanation[]
}

export const statusOf = (cwd: string, ...words: readonly string[]): Status =>
  JSON.parse(millrace(['status', '--json', ...words], cwd).stdout) as Status
/** Records behind, of the first mapping. */
export const behind = ({ mappings }: Status): number =>
  mappings[0]!.shards.reduce((sum, { recordsBehind = 0 }) => sum + recordsBehind, 0)
